/**
 * Process trees end in two phases: the state first records the ending leases and the cause, then the processes are
 * ended, and the slots become free when the processes are seen gone.
 */
import type { Change } from '../change.ts';
import { type Environment, isPresent } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import { type LeaseId, projectKey } from '../model/ids.ts';
import { type EndingCause, type Lease, leaseSize } from '../model/lease.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import { knownProjects } from '../projects.ts';
import type { Refusal } from '../refusal.ts';
import { removeLease } from '../settle/nesting.ts';

/** Ends all leases of a project and cancels its requests. */
export interface EndProjectCommand {
  readonly kind: 'end-project';
  readonly project: string;
  readonly why: string;
  /** Leases of other users, which are left alone. */
  readonly spared: readonly LeaseId[];
}

export interface EndLeaseCommand {
  readonly kind: 'end-lease';
  readonly lease: LeaseId;
  readonly why: string;
  /** `machine` starts the cooldown of reaping. */
  readonly by: 'machine' | 'abandoned';
}

/** The processes of these leases are gone. An agent inside a session lost only its tools and keeps its lease. */
export interface EndedCommand {
  readonly kind: 'ended';
  readonly leases: readonly LeaseId[];
}

export interface EndingOutcome {
  readonly kind: 'ending';
  /** All leases that are being ended, including earlier ones. */
  readonly leases: readonly Lease[];
  readonly cancelled: readonly QueueEntry[];
}

export interface EndingChange extends Change {
  readonly outcome: EndingOutcome;
}

const marked = (lease: Lease, env: Environment, why: string, by: EndingCause): Lease => ({
  ...lease,
  ending: lease.ending ?? { since: env.now, why, by },
});

/** One event for each lease whose ending begins with this change. */
function ending(before: State, state: State, leases: readonly Lease[], cancelled: readonly QueueEntry[]): EndingChange {
  const old = new Set(before.leases.flatMap((lease) => (lease.ending === null ? [] : [lease.id])));
  const events = leases.flatMap(({ id, project, ending }) =>
    ending === null || old.has(id)
      ? []
      : [{ kind: 'ending' as const, lease: id, project, why: ending.why, by: ending.by }],
  );
  return { state, events, outcome: { kind: 'ending', leases, cancelled } };
}

/** A project that only `before` knows, the state before it was settled, has nothing left to end. */
export function endProject(
  state: State,
  env: Environment,
  { project, why, spared }: EndProjectCommand,
  before: State,
): EndingChange | { readonly refusal: Refusal } {
  const key = projectKey(project);
  const known = knownProjects(before, env.settings);
  if (!known.some((name) => projectKey(name) === key)) return { refusal: { code: 'no-such-project', project, known } };
  const isOwn = (item: { readonly project: string }): boolean => projectKey(item.project) === key;
  const isEnded = (lease: Lease): boolean => isOwn(lease) && !spared.includes(lease.id);
  const leases = state.leases.map((lease) => (isEnded(lease) ? marked(lease, env, why, 'person') : lease));
  const cancelled = state.queue.filter(isOwn);
  const next = { ...state, leases, queue: state.queue.filter((entry) => !isOwn(entry)) };
  return ending(state, next, leases.filter(isEnded), cancelled);
}

export function endLease(state: State, env: Environment, { lease: id, why, by }: EndLeaseCommand): EndingChange {
  const leases = state.leases.map((lease) => (lease.id === id ? marked(lease, env, why, by) : lease));
  const vmState = by === 'machine' ? { ...state.vmState, reapedAt: env.now } : state.vmState;
  const chosen = leases.filter((lease) => lease.id === id);
  return ending(state, { ...state, leases, vmState }, chosen, []);
}

/** True for an agent inside a live session: only its tools were ended. */
const goesOn = ({ spawn, holder }: Lease, env: Environment): boolean => spawn !== null && isPresent(env, holder);

/** Frees the slots of the leases; `released` counts them. */
export function ended(
  state: State,
  env: Environment,
  { leases: ids }: EndedCommand,
): Change & { readonly released: number } {
  const over = state.leases.filter((lease) => ids.includes(lease.id));
  const gone = over.filter((lease) => !goesOn(lease, env));
  const left = gone.reduce((rest, lease) => removeLease(rest, lease.id), state.leases);
  const leases = left.map((lease) => (over.includes(lease) ? { ...lease, ending: null } : lease));
  const events = gone.map(({ id, project, ending }): CoreEvent => {
    return { kind: 'killed', lease: id, project, why: ending?.why ?? '' };
  });
  return { state: { ...state, leases }, events, released: gone.reduce((sum, lease) => sum + leaseSize(lease), 0) };
}
