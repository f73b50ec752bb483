/** Reasons for waiting, in words; a new reason does not compile without its words. */
import type { Environment } from '../core/environment.ts';
import { type ProjectKey, projectKey } from '../core/model/ids.ts';
import type { QueueEntry, SlotRequest } from '../core/model/queue-entry.ts';
import { effectiveMaxSlots, offeredSlots, type State, slotsByProject, usedSlots } from '../core/model/state.ts';
import type { Reason } from '../core/reason.ts';
import { needBytes, promisableBytes, slotNeedBytes } from '../core/schedule/memory.ts';
import type { Outlook } from '../core/schedule/outlook.ts';
import { projectLimit } from '../core/settings/settings.ts';
import { agentsWord, slotsWord } from './text/counts.ts';
import { sizeText } from './text/size.ts';

export interface Holding {
  readonly project: string;
  readonly slots: number;
}

/** Slots held by each project, the largest count first. */
export function holdings(state: State): Holding[] {
  const names = new Map<ProjectKey, string>();
  for (const lease of state.leases)
    names.set(projectKey(lease.project), names.get(projectKey(lease.project)) ?? lease.project);
  return [...slotsByProject(state.leases)]
    .map(([key, slots]) => ({ project: names.get(key) ?? key, slots }))
    .filter(({ slots }) => slots > 0)
    .sort((a, b) => b.slots - a.slots || (a.project < b.project ? -1 : 1));
}

const NAMED_HOLDERS = 4;

function holdersText(state: State): string {
  const held = holdings(state);
  const aside = state.queue
    .filter((entry) => entry.offeredUntil !== null)
    .map((entry) => `set aside for ${entry.project} (${entry.offeredSlots})`);
  if (held.length === 0) return aside.length > 0 ? listed(aside) : 'none in use';
  return [`held by ${listed(held.map(({ project, slots }) => `${project} (${slots})`))}`, ...aside.slice(0, 1)].join(
    ', ',
  );
}

function listed(items: readonly string[]): string {
  const others = items.length - NAMED_HOLDERS;
  return `${items.slice(0, NAMED_HOLDERS).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** Text for a request that can be granted now. */
const readyText = (entry: QueueEntry): string =>
  entry.offeredUntil === null
    ? 'next in line, its slots are free'
    : `${slotsWord(entry.offeredSlots)} set aside until ${new Date(entry.offeredUntil).toISOString()}, claim with: request-slots ${entry.project} ${entry.offeredSlots}`;

/** Free slots, of those that are allowed now. */
function freeText(state: State): string {
  const allowed = effectiveMaxSlots(state);
  const free = Math.max(0, allowed - usedSlots(state) - offeredSlots(state));
  return allowed < state.maxSlots ? `${free} free of the ${allowed} allowed now` : `${free} of ${state.maxSlots} free`;
}

/** The cause of the strain with its limit: ` (load 14.1, limit 4)`; empty when it is over. */
export const strainText = (reason: string | null): string =>
  reason === null ? '' : ` (${reason.replace(/ \((limit [^)]*)\)/g, ', $1')})`;

/** The memory that the request needs, and the memory that running agents leave. */
function lowMemoryText(asked: SlotRequest, state: State, environment: Environment): string {
  const left = promisableBytes(state, environment);
  if (left === null) return '';
  const need = slotNeedBytes(state, environment, asked, asked.slots) * asked.minSlots;
  return `: needs ${sizeText(need)}, ${sizeText(Math.max(0, left))} left`;
}

/** Sentence fragment with the reason why the request waits. */
export function reasonText(reason: Reason, asked: SlotRequest, state: State, environment: Environment): string {
  const { settings } = environment;
  const need = asked.minSlots === asked.slots ? `${asked.slots}` : `at least ${asked.minSlots}`;
  const limit = projectLimit(settings, projectKey(asked.project));
  switch (reason) {
    case 'insufficient-slots':
      return `needs ${need}, ${freeText(state)}; ${holdersText(state)}`;
    case 'behind-others':
      return `others asked first; ${freeText(state)}; ${holdersText(state)}`;
    case 'project-limit':
      return `${asked.project} is limited to ${slotsWord(limit)} at once`;
    case 'exceeds-maximum':
      return asked.minSlots > state.maxSlots
        ? `needs ${need}, the machine has ${slotsWord(state.maxSlots)} in total`
        : `needs ${sizeText(needBytes(state, environment, asked, asked.minSlots))} of memory, the machine has ${sizeText(environment.memoryTotalBytes ?? 0)} in total`;
    case 'low-memory':
      return `not enough free memory for another agent${lowMemoryText(asked, state, environment)}`;
    case 'health-degraded':
      return `the machine ${state.vmState.reason === null ? 'recovers from strain' : 'is under strain'}${strainText(state.vmState.reason)}: ${effectiveMaxSlots(state)} of ${slotsWord(state.maxSlots)} are allowed now`;
    case 'health-critical':
      return `the machine is critical${state.vmState.reason === null ? '' : `: ${state.vmState.reason}`}; no new agents until it recovers`;
    case 'start-spacing':
      return 'grants are spaced apart (start_spacing)';
    case 'would-deadlock':
      return 'the request comes from inside the leases that hold these slots';
    case 'paused':
      return 'the pool is paused (max_slots is 0)';
  }
}

/** What is in the way of a request: the slots that must come free, or the reason where something else binds. */
export function aheadText({ agentsAhead, binding }: Outlook): string {
  if (binding === null) return 'skipped until it asks again';
  return binding === 'insufficient-slots' ? `${agentsWord(agentsAhead)} ahead` : binding;
}

/** Why a queued request waits, or how to claim its slots. */
export function waitText(outlook: Outlook, state: State, environment: Environment): string {
  const { entry, reason, binding, agentsAhead } = outlook;
  if (reason === null) return readyText(entry);
  if (entry.lapsedAt !== null || binding === null) {
    const why =
      entry.spawn === null ? 'its offer was not claimed, or the command that waited ended' : 'its hook waits no longer';
    return `${why}; skipped until it asks again`;
  }
  const more = `${agentsAhead} more ${agentsAhead === 1 ? 'slot' : 'slots'} must come free`;
  if (reason !== 'behind-others')
    return reason === 'insufficient-slots'
      ? `${more}: ${reasonText(reason, entry, state, environment)}`
      : reasonText(reason, entry, state, environment);
  return binding === 'insufficient-slots'
    ? `${more}, for it and those before it: ${freeText(state)}; ${holdersText(state)}`
    : `others asked first, and wait as well: ${reasonText(binding, entry, state, environment)}`;
}
