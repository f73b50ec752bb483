import type { Limits } from './limits.ts';
import type { MachineSample } from './sample.ts';

/** Fastest rate at which memory fills, in KiB per millisecond; earlyoom measured it with `stress -m 4`. */
const FILL_KIB_PER_MS = 6000;
const LEAST_MS = 250;
/** With this much memory available, the normal interval is fast enough. */
const EASY_AVAILABLE_SHARE = 0.4;

/**
 * Milliseconds until the next sample: the interval while memory is plentiful, and never longer than memory needs to fill
 * up to the critical limit (earlyoom's rule).
 */
export function nextSampleMs({ memory }: MachineSample, limits: Limits, intervalMs: number): number {
  const least = Math.min(LEAST_MS, intervalMs);
  if (memory === null || memory.totalBytes === 0) return intervalMs;
  const criticalBytes = memory.totalBytes * (1 - limits.criticalMemoryPercent / 100);
  const headroomBytes = memory.availableBytes - criticalBytes;
  const isEasy = headroomBytes / memory.totalBytes >= EASY_AVAILABLE_SHARE;
  if (isEasy) return intervalMs;
  return Math.round(Math.min(intervalMs, Math.max(least, headroomBytes / 1024 / FILL_KIB_PER_MS)));
}
