/** release-slots: gives slots back, from the caller's own leases first, then from the newest. */
import type { Environment } from '../environment.ts';
import { projectKey } from '../model/ids.ts';
import { type Lease, leaseSize } from '../model/lease.ts';
import { type ProcessRef, sameProcess } from '../model/process-ref.ts';
import type { State } from '../model/state.ts';
import { knownProjects } from '../projects.ts';
import type { Refusal } from '../refusal.ts';
import { findLease, shrinkLease } from '../settle/nesting.ts';

export interface ReleaseCommand {
  readonly kind: 'release';
  readonly project: string;
  /** Null releases all slots of the selection. */
  readonly slots: number | null;
  readonly lease: string | null;
  readonly all: boolean;
  readonly caller: ProcessRef | null;
}

export type Released = { readonly state: State; readonly released: number } | { readonly refusal: Refusal };

const sizeOf = (leases: readonly Lease[]): number => leases.reduce((sum, lease) => sum + leaseSize(lease), 0);

/** Takes `count` slots from the leases in order; the caller ensures that they hold that many. */
function takeBack(state: State, from: readonly Lease[], count: number): Released {
  let leases: readonly Lease[] = state.leases;
  let left = count;
  for (const { id } of from) {
    const lease = findLease(leases, id);
    if (left === 0 || !lease) continue;
    const part = Math.min(left, leaseSize(lease));
    const smaller = shrinkLease(leases, id, part);
    if (smaller === null) return { refusal: { code: 'in-use-inside', lease: id, asked: part } };
    leases = smaller;
    left -= part;
  }
  return { state: { ...state, leases }, released: count };
}

/** `before` is the state before it was settled: its leases of dead holders have just come free. */
export function release(state: State, env: Environment, command: ReleaseCommand, before: State): Released {
  const { project } = command;
  const key = projectKey(project);
  const known = knownProjects(before, env.settings);
  if (!known.some((name) => projectKey(name) === key)) return { refusal: { code: 'no-such-project', project, known } };

  const newestFirst = state.leases.filter((lease) => projectKey(lease.project) === key).reverse();
  const isOwn = (lease: Lease): boolean => command.caller !== null && sameProcess(lease.holder, command.caller);

  if (command.lease !== null) {
    const wanted = command.lease.toLowerCase();
    const lease = newestFirst.find(({ id }) => id.toLowerCase() === wanted);
    if (!lease) return { refusal: { code: 'no-such-lease', lease: command.lease, project, leases: newestFirst } };
    const asked = command.slots ?? leaseSize(lease);
    const held = leaseSize(lease);
    if (asked > held) return { refusal: { code: 'more-than-held', project, lease: lease.id, held, asked } };
    return takeBack(state, [lease], asked);
  }

  const selected = command.all || command.slots !== null ? newestFirst : newestFirst.filter(isOwn);
  const held = sizeOf(selected);
  if (command.slots !== null && command.slots > held) {
    return { refusal: { code: 'more-than-held', project, lease: null, held, asked: command.slots } };
  }
  if (held === 0) {
    const left = new Set(state.leases.map(({ id }) => id));
    const freed = before.leases.filter((lease) => projectKey(lease.project) === key && !left.has(lease.id));
    return { refusal: { code: 'nothing-held', project, leases: newestFirst, freed: sizeOf(freed) } };
  }
  const ownFirst = [...selected.filter(isOwn), ...selected.filter((lease) => !isOwn(lease))];
  return takeBack(state, ownFirst, command.slots ?? held);
}
