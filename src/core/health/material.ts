import type { VmState } from '../model/state.ts';

const KEYS = [
  'health',
  'effectiveMaxSlots',
  'strainedSince',
  'criticalSince',
  'criticalSamples',
  'calmSince',
  'steppedAt',
] as const;

const near = (a: number | null, b: number | null, by: number): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) < by);

/** An unchanged sample is written only this often, so that a quiet machine does not rewrite the file every second. */
const REFRESH_MS = 30_000;
/** A figure that moved, with no decision behind it, is written at most this often: only people read it. */
const FIGURES_MS = 10_000;

/** True when the new state of the machine is worth a write: a decision depends on it, or a figure has moved. */
export function isMaterial(before: VmState, after: VmState): boolean {
  if (KEYS.some((key) => before[key] !== after[key])) return true;
  if (before.sampledAt === null || after.sampledAt === null) return true;
  const ageMs = Math.abs(after.sampledAt - before.sampledAt);
  if (ageMs >= REFRESH_MS) return true;
  if (ageMs < FIGURES_MS) return false;
  return !(
    near(before.cpuPercent, after.cpuPercent, 5) &&
    near(before.memoryPercent, after.memoryPercent, 1) &&
    near(before.loadAverage, after.loadAverage, 0.5) &&
    near(before.diskUsagePercent, after.diskUsagePercent, 1)
  );
}
