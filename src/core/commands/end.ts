/**
 * Ending process trees has two phases: first it is said in the state which leases are being ended and why, then it is
 * done, and the slots are free when the processes are seen gone.
 */
import type { Environment } from '../environment.ts';
import { isPresent } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
import type { LeaseId } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { State } from '../model/state.ts';
import { knownProjects } from '../projects.ts';
import type { Refusal } from '../refusal.ts';
import { removeLease } from '../settle/nesting.ts';

/** Everything of a project: its leases, and its place in the queue. */
export interface EndProjectCommand {
  readonly kind: 'end-project';
  readonly project: string;
  readonly why: string;
}

/** One lease, for the machine's sake or because its wrapper is gone. */
export interface EndLeaseCommand {
  readonly kind: 'end-lease';
  readonly lease: LeaseId;
  readonly why: string;
  /** It counts as reaping: the cooldown starts. */
  readonly isReaping: boolean;
}

/** The trees of these leases are gone. An agent inside a session lost its tools by that, and goes on. */
export interface EndedCommand {
  readonly kind: 'ended';
  readonly leases: readonly LeaseId[];
}

export interface Ended {
  readonly state: State;
  /** Leases that are now marked. */
  readonly leases: readonly Lease[];
  readonly cancelled: readonly QueueEntry[];
}

const marked = (lease: Lease, env: Environment, why: string): Lease => ({
  ...lease,
  ending: lease.ending ?? { since: env.now, why },
});

export function endProject(
  state: State,
  env: Environment,
  { project, why }: EndProjectCommand,
): Ended | { readonly refusal: Refusal } {
  const key = projectKey(project);
  const known = knownProjects(state, env.settings);
  if (!known.some((name) => projectKey(name) === key)) return { refusal: { code: 'no-such-project', project, known } };
  const isOwn = (item: { readonly project: string }): boolean => projectKey(item.project) === key;
  const leases = state.leases.map((lease) => (isOwn(lease) ? marked(lease, env, why) : lease));
  const cancelled = state.queue.filter(isOwn);
  const next = { ...state, leases, queue: state.queue.filter((entry) => !isOwn(entry)) };
  return { state: next, leases: leases.filter(isOwn), cancelled };
}

export function endLease(state: State, env: Environment, { lease: id, why, isReaping }: EndLeaseCommand): Ended {
  const leases = state.leases.map((lease) => (lease.id === id ? marked(lease, env, why) : lease));
  const vmState = isReaping ? { ...state.vmState, reapedAt: env.now } : state.vmState;
  return { state: { ...state, leases, vmState }, leases: leases.filter((lease) => lease.id === id), cancelled: [] };
}

/** An agent inside a session that is still there: only its tools were ended. */
const goesOn = ({ spawn, holder }: Lease, env: Environment): boolean => spawn !== null && isPresent(env, holder);

export function ended(
  state: State,
  env: Environment,
  { leases: ids }: EndedCommand,
): { readonly state: State; readonly gone: readonly Lease[] } {
  const over = state.leases.filter((lease) => ids.includes(lease.id));
  const gone = over.filter((lease) => !goesOn(lease, env));
  const left = gone.reduce((rest, lease) => removeLease(rest, lease.id), state.leases);
  const leases = left.map((lease) => (over.includes(lease) ? { ...lease, ending: null } : lease));
  return { state: { ...state, leases }, gone };
}

/** Leases whose ending was not known before. */
export const endingEvents = (before: State, leases: readonly Lease[]): CoreEvent[] =>
  leases.flatMap(({ id, project, ending }) =>
    ending === null || before.leases.some((lease) => lease.id === id && lease.ending !== null)
      ? []
      : [{ kind: 'ending' as const, lease: id, project, why: ending.why }],
  );

export const killedEvents = (gone: readonly Lease[]): CoreEvent[] =>
  gone.map(({ id, project, ending }) => ({ kind: 'killed', lease: id, project, why: ending?.why ?? '' }));
