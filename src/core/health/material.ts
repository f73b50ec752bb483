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

/** A file that says the same every second is written for nothing; older than this it is written all the same. */
const REFRESH_MS = 5_000;

/** Whether a newer state of the machine is worth writing down: something follows from it, or a figure moved a point. */
export function isMaterial(before: VmState, after: VmState): boolean {
  if (KEYS.some((key) => before[key] !== after[key])) return true;
  if (before.sampledAt === null || after.sampledAt === null) return true;
  if (Math.abs(after.sampledAt - before.sampledAt) >= REFRESH_MS) return true;
  return !(
    near(before.cpuPercent, after.cpuPercent, 5) &&
    near(before.memoryPercent, after.memoryPercent, 1) &&
    near(before.loadAverage, after.loadAverage, 0.5) &&
    near(before.diskUsagePercent, after.diskUsagePercent, 1)
  );
}
