/**
 * Laws that hold for every transition, written without the core's own arithmetic: sums are counted again here, so
 * that a fault in the core's counting is noticed.
 */
import type { RequestCommand } from '../../src/core/commands/request.ts';
import type { Environment } from '../../src/core/environment.ts';
import type { Lease } from '../../src/core/model/lease.ts';
import type { ProcessRef } from '../../src/core/model/process-ref.ts';
import { processKey, sameProcess } from '../../src/core/model/process-ref.ts';
import type { QueueEntry } from '../../src/core/model/queue-entry.ts';
import type { State } from '../../src/core/model/state.ts';
import type { Command, Transition } from '../../src/core/transition.ts';
import type { Core } from './core.ts';

export interface Happened {
  readonly before: State;
  readonly command: Command;
  readonly env: Environment;
  readonly done: Transition;
}
/** Returns the violation as a text, or undefined. */
export type Law = (core: Core, happened: Happened) => string | undefined;

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
const used = (state: State): number => sum(state.leases, (lease) => lease.slots);
const size = (lease: Lease): number => lease.slots + lease.within;
const capacity = ({ maxSlots, vmState }: State): number => Math.min(maxSlots, vmState.effectiveMaxSlots ?? maxSlots);
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const isGone = (env: Environment, ref: ProcessRef | null): boolean => ref === null || env.dead.has(processKey(ref));
const number = (id: string): string => id.slice(1);

const limitOf = ({ settings }: Environment, project: string): number => {
  const own = [...settings.projects].find(([name]) => same(name, project))?.[1].max;
  return own ?? settings.maxPerProject;
};
const newLeases = ({ before, done }: Happened): Lease[] => {
  const ids = new Set(before.leases.map((lease) => lease.id));
  return done.state.leases.filter((lease) => !ids.has(lease.id));
};
const wasOffered = ({ before }: Happened, lease: Lease): boolean =>
  before.queue.some((entry) => number(entry.ticket) === number(lease.id) && entry.offeredUntil !== null);
const openOffers = (state: State): QueueEntry[] => state.queue.filter((entry) => entry.offeredUntil !== null);
const newOffers = ({ before, done }: Happened): QueueEntry[] => {
  const open = new Set(openOffers(before).map((entry) => `${entry.ticket} ${entry.offeredUntil}`));
  return openOffers(done.state).filter((entry) => !open.has(`${entry.ticket} ${entry.offeredUntil}`));
};
const held = (state: State, project: string): number =>
  sum(state.leases, (lease) => (same(lease.project, project) ? lease.slots : 0));
/** Free slots inside each lease, and the pool slots of each open offer; an offer uses slots inside its parent first. */
function insides(state: State): { readonly free: Map<string, number>; readonly fromPool: Map<QueueEntry, number> } {
  const free = new Map(state.leases.map((lease) => [lease.id as string, size(lease)]));
  const use = (parent: string | null, slots: number): number => {
    const within = Math.min(slots, free.get(parent ?? '') ?? 0);
    if (parent !== null) free.set(parent, (free.get(parent) ?? 0) - within);
    return slots - within;
  };
  for (const lease of state.leases) use(lease.parent, lease.within);
  return { free, fromPool: new Map(openOffers(state).map((entry) => [entry, use(entry.parent, entry.offeredSlots)])) };
}
/** Pool slots of a project, open offers included; slots inside a lease are not pool slots. */
const taken = (state: State, project: string): number => {
  const { fromPool } = insides(state);
  return held(state, project) + sum([...fromPool], ([entry, slots]) => (same(entry.project, project) ? slots : 0));
};

const isCritical = ({ vmState }: State, env: Environment): boolean =>
  vmState.health === 'critical' &&
  vmState.sampledAt !== null &&
  vmState.sampledAt <= env.now &&
  env.now - vmState.sampledAt <= 5 * 60_000;

const sound: Law = (core, { done }) => core.violations(done.state)[0];

const neverOverCapacity: Law = (_core, happened) => {
  const { before, done } = happened;
  const granted = sum(newLeases(happened), (lease) => lease.slots);
  if (used(done.state) > used(before) + granted) return 'the pool gave out slots without a grant';
  if (granted > 0 && used(done.state) > capacity(done.state)) {
    return `${granted} granted, now ${used(done.state)} used of ${capacity(done.state)}`;
  }
  const offered = sum(openOffers(done.state), (entry) => (entry.parent === null ? entry.offeredSlots : 0));
  const isNew = newOffers(happened).some((entry) => entry.parent === null);
  return isNew && used(done.state) + offered > capacity(done.state) ? 'offered more than there is' : undefined;
};

const neverWhileCritical: Law = (_core, happened) => {
  const granted = newLeases(happened).filter((lease) => lease.slots > 0);
  return granted.length > 0 && isCritical(happened.done.state, happened.env) ? 'a grant while critical' : undefined;
};

const neverOverProjectLimit: Law = (_core, happened) => {
  const over = newLeases(happened).find(
    (lease) => lease.slots > 0 && held(happened.done.state, lease.project) > limitOf(happened.env, lease.project),
  );
  return over && `${over.project} was granted more than its limit`;
};

const spaced: Law = (_core, happened) => {
  const { before, env } = happened;
  if (env.settings.startSpacingMs === 0) return undefined;
  const granted = newLeases(happened).filter((lease) => lease.slots > 0 && !wasOffered(happened, lease));
  const started = granted.length + newOffers(happened).filter((entry) => entry.parent === null).length;
  const last = before.lastGrantAt;
  const tooSoon = last !== null && last <= env.now && env.now - last < env.settings.startSpacingMs;
  return started > (tooSoon ? 0 : 1) ? `${started} started at once` : undefined;
};

const idsAreUnique: Law = (_core, { before, done }) => {
  const ids = [
    ...done.state.leases.map((lease) => lease.id),
    ...done.state.queue.map((entry) => entry.ticket),
    ...done.state.leases.flatMap((lease) => lease.ticket ?? []),
  ];
  if (new Set(ids).size !== ids.length) return `an id stands twice: ${ids.join(' ')}`;
  const known = new Set(
    [...before.queue, ...before.leases].map((item) =>
      number('ticket' in item && 'queuedAt' in item ? item.ticket : item.id),
    ),
  );
  const recycled = [
    ...done.state.leases.map((lease) => lease.id),
    ...done.state.queue.map((entry) => entry.ticket),
  ].find((id) => !known.has(number(id)) && Number(number(id)) < before.nextId);
  return recycled && `${recycled} was used before`;
};

const nothingVanishes: Law = (_core, { before, command, done }) => {
  const reported = new Set(
    done.events.flatMap((event) =>
      event.kind === 'reclaimed' ? event.lease : event.kind === 'dropped' ? event.ticket : [],
    ),
  );
  const still = new Set([
    ...done.state.leases.map((lease) => lease.id as string),
    ...done.state.queue.map((entry) => entry.ticket),
  ]);
  const lease = before.leases.find(({ id }) => !still.has(id) && !reported.has(id));
  if (lease && command.kind !== 'release' && command.kind !== 'withdraw') return `${lease.id} vanished`;
  const entry = before.queue.find(
    ({ ticket }) => !still.has(ticket) && !still.has(`L${number(ticket)}`) && !reported.has(ticket),
  );
  return entry && command.kind !== 'cancel' && command.kind !== 'withdraw' ? `${entry.ticket} vanished` : undefined;
};

const endsAreJustified: Law = (_core, { before, env, command, done }) => {
  for (const event of done.events) {
    if (event.kind === 'reclaimed') {
      const lease = before.leases.find(({ id }) => id === event.lease);
      const dead = lease?.holder != null && isGone(env, lease.holder);
      const over = lease?.expiresAt != null && lease.expiresAt <= env.now;
      const forgotten = lease?.ticket != null && isGone(env, lease.waiter);
      const isJudged = command.kind === 'session' && lease?.spawn != null;
      const proofs = { 'holder-gone': dead, expired: over, 'never-collected': forgotten };
      const isTrue = { ...proofs, silent: isJudged, 'not-running': isJudged }[event.why];
      if (!isTrue) return `${event.lease} was reclaimed as ${event.why}`;
    }
    if (event.kind === 'dropped' && event.why === 'holder-gone') {
      const entry = before.queue.find(({ ticket }) => ticket === event.ticket);
      if (entry?.holder == null || !isGone(env, entry.holder)) return `${event.ticket} was dropped, its holder lives`;
    }
  }
  return undefined;
};

const nothingOutlives: Law = (_core, { env, done: { state } }) => {
  const isHeldByDead = (ref: ProcessRef | null): boolean => ref !== null && isGone(env, ref);
  const lease = state.leases.find(
    ({ holder, expiresAt }) => isHeldByDead(holder) || (expiresAt !== null && expiresAt <= env.now),
  );
  if (lease) return `${lease.id} outlives its time or its holder`;
  const entry = state.queue.find(({ holder, waiter }) => isHeldByDead(holder) || isHeldByDead(waiter));
  if (entry) return `${entry.ticket} is kept for the dead`;
  return state.queue.some(({ offeredUntil }) => offeredUntil !== null && offeredUntil <= env.now)
    ? 'an offer outlives its time'
    : undefined;
};

const placesAreKept: Law = (_core, { before, command, done }) => {
  const old = before.queue.map((entry) => entry.ticket);
  const now = done.state.queue.map((entry) => entry.ticket);
  const kept = old.filter((ticket) => now.includes(ticket));
  if (kept.join() !== now.slice(0, kept.length).join()) return `places changed: ${old.join(' ')} → ${now.join(' ')}`;
  const isAsked = (entry: QueueEntry, { project, slots, holder }: RequestCommand): boolean =>
    same(entry.project, project) && entry.slots === slots && sameProcess(entry.holder, holder);
  const grown = now.length > kept.length && command.kind === 'request' && command.mode === 'queue';
  return grown && before.queue.some((entry) => kept.includes(entry.ticket) && isAsked(entry, command))
    ? 'queued twice'
    : undefined;
};

const grantsMatchRequests: Law = (_core, happened) => {
  const { before, command, done } = happened;
  for (const lease of newLeases(happened)) {
    const entry = before.queue.find(({ ticket }) => number(ticket) === number(lease.id));
    const isAnswer = done.outcome.kind === 'granted' && done.outcome.lease.id === lease.id;
    const asked = isAnswer && command.kind === 'request' ? command : entry;
    if (!asked) return `${lease.id} was granted to nobody`;
    if (size(lease) < asked.minSlots || size(lease) > asked.slots)
      return `${lease.id} has ${size(lease)} of ${asked.minSlots} to ${asked.slots}`;
    if (!isAnswer && (lease.ticket !== entry?.ticket || isGone(happened.env, lease.waiter)))
      return `nobody is told of ${lease.id}`;
  }
  return undefined;
};

const deliveryNeedsAnAnswer: Law = (_core, { before, command, env, done }) => {
  const delivered = before.leases.find(
    (lease) => lease.ticket !== null && done.state.leases.some(({ id, ticket }) => id === lease.id && ticket === null),
  );
  const isAnswered =
    (command.kind === 'confirm' && command.ticket === delivered?.ticket) ||
    (done.outcome.kind === 'granted' && done.outcome.lease.id === delivered?.id && isGone(env, delivered.waiter));
  return delivered && !isAnswered ? `${delivered.id} was delivered to nobody` : undefined;
};

const withdrawnIsGone: Law = (_core, { command, done: { state } }) => {
  if (command.kind !== 'withdraw') return undefined;
  const isThere = [...state.queue, ...state.leases].some(({ ticket }) => ticket === command.ticket);
  return isThere ? `${command.ticket} was withdrawn and stands` : undefined;
};

const settlingTwiceChangesNothing: Law = (core, { env, done }) => {
  const again = core.transition(done.state, { kind: 'settle' }, env);
  return again.state === done.state && again.events.length === 0
    ? undefined
    : `settled again: ${again.events.map((event) => event.kind).join()}`;
};

const fittingHeadIsGranted: Law = (core, { env, done: { state } }) => {
  const plan = core.planCycle(state, env);
  if (plan.grants.length > 0) return `${plan.grants[0]?.entry.ticket} fits and waits`;
  const waits = state.queue.filter((entry) => entry.offeredUntil === null && entry.lapsedAt === null);
  const head = waits[0];
  const isSpaced = env.settings.startSpacingMs > 0;
  if (!head || head.parent !== null || isSpaced || isCritical(state, env) || state.vmState.health === 'critical')
    return undefined;
  const isHead =
    waits.length === 1 ||
    (env.settings.strategy === 'fifo' &&
      env.settings.projects.size === 0 &&
      waits.every(({ parent }) => parent === null));
  const free = capacity(state) - used(state) - sum(openOffers(state), (entry) => entry.offeredSlots);
  const inProject =
    held(state, head.project) +
    sum(openOffers(state), (entry) => (same(entry.project, head.project) ? entry.offeredSlots : 0));
  return isHead &&
    state.maxSlots > 0 &&
    head.minSlots <= free &&
    inProject + head.minSlots <= limitOf(env, head.project)
    ? `${head.ticket} is first, fits and waits`
    : undefined;
};

const fifoNeverOvertakes: Law = (_core, happened) => {
  const {
    before,
    env,
    done: { state, events },
  } = happened;
  const hasGuarantee = [...env.settings.projects.values()].some(({ guaranteed }) => guaranteed > 0);
  if (env.settings.strategy !== 'fifo' || hasGuarantee) return undefined;
  const order: string[] = [...before.queue, ...state.queue].map(({ ticket }) => ticket);
  const arrival = (ticket: string): number => {
    const at = order.indexOf(ticket);
    return at === -1 ? order.length : at;
  };
  const active = state.queue.filter(
    (entry) =>
      entry.parent === null &&
      entry.offeredUntil === null &&
      entry.lapsedAt === null &&
      entry.minSlots <= state.maxSlots,
  );
  // A request waits for an earlier one of its own project that the project limit holds up.
  const limited = new Set<string>();
  for (const { project, minSlots, parent, offeredUntil, lapsedAt } of state.queue) {
    if (parent === null || offeredUntil !== null || lapsedAt !== null) continue;
    const need = minSlots - (insides(state).free.get(parent) ?? 0);
    if (need <= limitOf(env, project) && taken(state, project) + need > limitOf(env, project))
      limited.add(project.toLowerCase());
  }
  const waits = active.filter(({ project, minSlots }) => {
    if (taken(state, project) + minSlots > limitOf(env, project)) limited.add(project.toLowerCase());
    return !limited.has(project.toLowerCase());
  });
  for (const event of events) {
    if (event.kind !== 'granted' && event.kind !== 'offered') continue;
    const { ticket } = event;
    if (ticket === null) continue;
    const lease = state.leases.find(({ id }) => number(id) === number(ticket));
    const entry = state.queue.find((other) => other.ticket === ticket);
    if ((lease ?? entry)?.parent !== null) continue;
    const overtaken = waits.find((other) => arrival(other.ticket) < arrival(ticket));
    if (overtaken) return `${ticket} overtook ${overtaken.ticket}`;
  }
  return undefined;
};

const allocationIsTheSum: Law = (core, { done: { state } }) => {
  const total = sum([...core.slotAllocation(state).values()], (slots) => slots);
  return total === used(state) ? undefined : `slot_allocation says ${total}, leases ${used(state)}`;
};

/** Hold after every command that is not refused. */
export const LAWS: Readonly<Record<string, Law>> = {
  'the state is sound': sound,
  'never over capacity': neverOverCapacity,
  'no grant while critical': neverWhileCritical,
  'never over a project’s limit': neverOverProjectLimit,
  'grants are spaced': spaced,
  'each id is unique and never used again': idsAreUnique,
  'no lease or request vanishes without an event': nothingVanishes,
  'the reason of each end is true': endsAreJustified,
  'no lease, request or offer outlives its time or its holder': nothingOutlives,
  'places in the queue are kept': placesAreKept,
  'a grant matches its request and has a recipient': grantsMatchRequests,
  'a lease is delivered only by a confirmation or an answer': deliveryNeedsAnAnswer,
  'a withdrawn ticket is gone': withdrawnIsGone,
  'settling twice changes nothing': settlingTwiceChangesNothing,
  'the head of the queue is granted if it fits': fittingHeadIsGranted,
  'fifo never overtakes': fifoNeverOvertakes,
  'slot_allocation is the sum of the leases': allocationIsTheSum,
};
