/**
 * Memory as a second thing that a grant needs: what is available, less what recent grants have not yet grown into,
 * must cover what the new agents are expected to need.
 */
import type { Environment } from '../environment.ts';
import type { ProjectKey } from '../model/ids.ts';
import { projectKey } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import type { Lease, Run } from '../model/lease.ts';
import type { State } from '../model/state.ts';

/** An agent has taken what it usually takes after this; until then the rest of it is kept for it, less and less. */
const GROWTH_MS = 2 * 60_000;

interface Needing {
  readonly project: string;
  readonly run: Run | null;
}

/** What one slot of this request or lease is expected to need, in bytes: as declared, as learned, or as configured. */
export function slotNeedBytes(state: State, env: Environment, { project, run }: Needing, slots: number): number {
  if (run !== null && run.memoryBytes !== null) return run.memoryBytes / Math.max(1, slots);
  return state.learnedMemory.get(projectKey(project)) ?? env.settings.slotMemoryBytes;
}

function ungrownBytes(state: State, env: Environment, lease: Lease): number {
  if (lease.acquiredAt === null || lease.slots === 0) return 0;
  const left = 1 - elapsedMs(lease.acquiredAt, env.now) / GROWTH_MS;
  return left <= 0 ? 0 : slotNeedBytes(state, env, lease, lease.slots) * lease.slots * left;
}

/** Bytes that may still be promised, or null when memory is nobody's concern here. */
export function promisableBytes(state: State, env: Environment): number | null {
  if (env.memoryAvailableBytes === null || env.settings.slotMemoryBytes === 0) return null;
  return state.leases.reduce((left, lease) => left - ungrownBytes(state, env, lease), env.memoryAvailableBytes);
}

/** Weight of a peak above what is known and of one below: growth is believed at once, thrift only slowly. */
const RISE = 0.5;
const FALL = 0.1;

/**
 * What is known of a project's need per slot after one more run that peaked at `peakBytes` on `slots` slots. Before the
 * first, `expectedBytes` is: one trivial run does not make a project modest.
 */
export function learnMemory(
  known: ReadonlyMap<ProjectKey, number>,
  project: string,
  peakBytes: number,
  slots: number,
  expectedBytes: number,
): ReadonlyMap<ProjectKey, number> {
  const key = projectKey(project);
  const seen = peakBytes / Math.max(1, slots);
  const before = known.get(key) ?? (expectedBytes > 0 ? expectedBytes : seen);
  const next = before + (seen - before) * (seen > before ? RISE : FALL);
  return new Map(known).set(key, Math.round(next));
}
