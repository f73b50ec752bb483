/**
 * Memory admission: the available memory, less the expected growth of recently granted agents, must cover the expected
 * need of the new ones.
 */
import type { Environment } from '../environment.ts';
import { type ProjectKey, projectKey } from '../model/ids.ts';
import { elapsedMs } from '../model/instants.ts';
import type { Lease, Run } from '../model/lease.ts';
import type { State } from '../model/state.ts';

/** Time in which an agent grows to its usual size; until then a linearly shrinking part of its need is kept free. */
const GROWTH_MS = 2 * 60_000;

interface Needing {
  readonly project: string;
  readonly run: Run | null;
}

/** Memory that the command of this request or lease declared, in bytes; null without. */
const declaredBytes = ({ run }: Needing): number | null => run?.memoryBytes ?? null;

/** Expected need of one slot of this request or lease, in bytes: declared, else learned, else configured. */
export function slotNeedBytes(state: State, env: Environment, asked: Needing, slots: number): number {
  const declared = declaredBytes(asked);
  if (declared !== null) return declared / Math.max(1, slots);
  const learned = state.learnedMemory.get(projectKey(asked.project)) ?? null;
  // A need above the whole memory was learned on a larger machine.
  const isOfHere = learned !== null && learned <= (env.memoryTotalBytes ?? Number.POSITIVE_INFINITY);
  return isOfHere ? learned : env.settings.slotMemoryBytes;
}

/** Expected need of so many slots of a request, in bytes; a declared need is that of its command, whatever it holds. */
export const needBytes = (state: State, env: Environment, asked: Needing, slots: number): number =>
  declaredBytes(asked) ?? slotNeedBytes(state, env, asked, slots) * slots;

/** True if so many slots of a request need more memory than the machine has in all. */
export function exceedsMachine(state: State, env: Environment, asked: Needing, slots: number): boolean {
  const { memoryTotalBytes: total, settings } = env;
  if (total === null || (declaredBytes(asked) === null && settings.slotMemoryBytes === 0)) return false;
  return needBytes(state, env, asked, slots) > total;
}

function ungrownBytes(state: State, env: Environment, lease: Lease): number {
  if (lease.acquiredAt === null || lease.slots === 0) return 0;
  const left = 1 - elapsedMs(lease.acquiredAt, env.now) / GROWTH_MS;
  return left <= 0 ? 0 : slotNeedBytes(state, env, lease, lease.slots) * lease.slots * left;
}

/** Bytes that may still be promised, or null when memory admission is off or memory is not known. */
export function promisableBytes(state: State, env: Environment): number | null {
  if (env.memoryAvailableBytes === null || env.settings.slotMemoryBytes === 0) return null;
  return state.leases.reduce((left, lease) => left - ungrownBytes(state, env, lease), env.memoryAvailableBytes);
}

/** Weights of a peak above the learned need and below it: the need rises fast and falls slowly. */
const RISE = 0.5;
const FALL = 0.1;

/**
 * Learned need per slot after one more run that peaked at `peakBytes` on `slots` slots. It starts at `expectedBytes`, so
 * that one trivial run does not lower it much.
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
