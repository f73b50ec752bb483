/** request-slots: finds the lease or the queue entry that the requester already has, or queues the request. */
import { type Environment, isPresent } from '../environment.ts';
import { type LeaseId, projectKey, type TicketId } from '../model/ids.ts';
import { type Lease, leaseSize, type Run, type Spawn } from '../model/lease.ts';
import { type ProcessRef, sameProcess } from '../model/process-ref.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import { leaseOfToolCall, sameKind } from '../model/session.ts';
import type { State } from '../model/state.ts';
import { knownSpelling } from '../projects.ts';
import type { Reason } from '../reason.ts';
import { exceedsMachine } from '../schedule/memory.ts';
import { projectLimit } from '../settings/settings.ts';
import { findLease } from '../settle/nesting.ts';

export interface RequestCommand {
  readonly kind: 'request';
  readonly project: string;
  readonly slots: number;
  /** The fewest slots that the requester accepts. */
  readonly minSlots: number;
  /** `queue`: keep a place for a later call. `wait`: a process is blocked on it. `now`: grant or deny. */
  readonly mode: 'queue' | 'wait' | 'now';
  readonly priority: number | null;
  readonly agents: readonly string[];
  readonly holder: ProcessRef | null;
  /** Set exactly when `mode` is `wait`. */
  readonly waiter: ProcessRef | null;
  readonly ttlMs: number | null;
  /** The lease the requester runs under. */
  readonly parent: LeaseId | null;
  /** The run that starts after the grant; null when the caller starts the agents itself. */
  readonly run: Run | null;
  /** The agent inside a session that asks; null for all other requesters. */
  readonly spawn: Spawn | null;
}

type Given = Pick<RequestCommand, 'project' | 'holder' | 'parent'>;

/** A request with defaults: one slot, all slots or none, granted now or denied. */
export const requestOf = (asked: Given & Partial<Omit<RequestCommand, 'kind'>>): RequestCommand => ({
  kind: 'request',
  slots: 1,
  minSlots: asked.slots ?? 1,
  mode: 'now',
  priority: null,
  agents: [],
  waiter: null,
  ttlMs: null,
  run: null,
  spawn: null,
  ...asked,
});

/** The reason why the request can never be granted under the present limits, or null. */
export function neverFits(state: State, env: Environment, command: RequestCommand): Reason | null {
  if (state.maxSlots > 0 && command.minSlots > state.maxSlots) return 'exceeds-maximum';
  const parent = findLease(state.leases, command.parent);
  const fromPool = Math.max(0, command.minSlots - (parent ? leaseSize(parent) : 0));
  if (exceedsMachine(state, env, command, fromPool)) return 'exceeds-maximum';
  return fromPool > projectLimit(env.settings, projectKey(command.project)) ? 'project-limit' : null;
}

const sameAsk = (entry: QueueEntry, command: RequestCommand): boolean =>
  projectKey(entry.project) === projectKey(command.project) &&
  entry.slots === command.slots &&
  sameKind(entry, command) &&
  sameProcess(entry.holder, command.holder);

/** An offer belongs to the project: its next request that accepts as few slots takes it. */
const offerTo = (state: State, command: RequestCommand): QueueEntry | undefined =>
  state.queue.find(
    (entry) =>
      entry.offeredUntil !== null &&
      projectKey(entry.project) === projectKey(command.project) &&
      command.minSlots <= entry.offeredSlots,
  );

/**
 * The queue entry that this requester already has. A queue entry with a live waiter belongs to that waiter, so ten parallel waits of
 * one supervisor get ten entries. A request without a wait may still get its answer from such an entry.
 */
export function ownEntry(state: State, env: Environment, command: RequestCommand): QueueEntry | undefined {
  const asked = state.queue.filter((entry) => sameAsk(entry, command));
  const unattended = asked.find((entry) => !isPresent(env, entry.waiter));
  return unattended ?? offerTo(state, command) ?? (command.mode === 'queue' ? asked[0] : undefined);
}

/** The lease that this tool call already has; a hook that is installed twice asks twice. */
export const leaseOfCall = (state: State, { spawn }: RequestCommand): Lease | null =>
  spawn === null ? null : leaseOfToolCall(state.leases, spawn.session, spawn.toolCall);

const isOfCall = (entry: QueueEntry, { spawn }: RequestCommand): boolean =>
  spawn !== null &&
  spawn.toolCall !== null &&
  entry.spawn?.session === spawn.session &&
  entry.spawn.toolCall === spawn.toolCall;

/** A lease that was granted to this requester after its waiting process was killed. */
export const uncollectedLease = (state: State, env: Environment, command: RequestCommand): Lease | undefined =>
  state.leases.find(
    (lease) =>
      lease.ticket !== null &&
      !isPresent(env, lease.waiter) &&
      projectKey(lease.project) === projectKey(command.project) &&
      leaseSize(lease) >= command.minSlots &&
      leaseSize(lease) <= command.slots &&
      sameKind(lease, command) &&
      sameProcess(lease.holder, command.holder),
  );

export interface Enqueued {
  readonly state: State;
  readonly ticket: TicketId;
  /** Another live process waits on that ticket. */
  readonly isAttended: boolean;
}

/** The state with the request in the queue, and its ticket. */
export function enqueue(state: State, env: Environment, command: RequestCommand): Enqueued {
  const twin = state.queue.find((entry) => isOfCall(entry, command) && isPresent(env, entry.waiter));
  if (twin !== undefined) return { state, ticket: twin.ticket, isAttended: false };
  const own = ownEntry(state, env, command);
  if (own) {
    if (isPresent(env, own.waiter)) return { state, ticket: own.ticket, isAttended: true };
    const again: QueueEntry = {
      ...own,
      slots: command.slots,
      holder: command.holder,
      minSlots: command.minSlots,
      priority: command.priority,
      agents: command.agents,
      ttlMs: command.ttlMs,
      parent: existingParent(state, command),
      waiter: command.waiter,
      lapsedAt: null,
      run: command.run,
      spawn: command.spawn,
    };
    const queue = state.queue.map((entry) => (entry === own ? again : entry));
    return {
      state: unchangedEntry(own, again) ? state : { ...state, queue },
      ticket: own.ticket,
      isAttended: false,
    };
  }
  const entry: QueueEntry = {
    ticket: `T${state.nextId}` as TicketId,
    project: knownSpelling(state, env.settings, command.project),
    slots: command.slots,
    minSlots: command.minSlots,
    priority: command.priority,
    queuedAt: env.now,
    holder: command.holder,
    waiter: command.waiter,
    agents: command.agents,
    ttlMs: command.ttlMs,
    parent: existingParent(state, command),
    offeredUntil: null,
    offeredSlots: 0,
    lapsedAt: null,
    reason: null,
    binding: null,
    run: command.run,
    spawn: command.spawn,
    extra: {},
  };
  return {
    state: { ...state, nextId: state.nextId + 1, queue: [...state.queue, entry] },
    ticket: entry.ticket,
    isAttended: false,
  };
}

/** The lease that the requester runs under, while it exists. */
const existingParent = (state: State, command: RequestCommand): LeaseId | null =>
  findLease(state.leases, command.parent)?.id ?? null;

const unchangedEntry = (a: QueueEntry, b: QueueEntry): boolean =>
  a.slots === b.slots &&
  sameProcess(a.holder, b.holder) &&
  a.minSlots === b.minSlots &&
  a.priority === b.priority &&
  a.agents.join() === b.agents.join() &&
  a.ttlMs === b.ttlMs &&
  a.parent === b.parent &&
  sameProcess(a.waiter, b.waiter) &&
  a.run?.mark === b.run?.mark &&
  a.spawn?.toolCall === b.spawn?.toolCall &&
  a.lapsedAt === b.lapsedAt;
