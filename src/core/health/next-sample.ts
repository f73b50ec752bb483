import type { Limits } from './limits.ts';
import type { MachineSample } from './sample.ts';

/** Memory cannot fill faster than this; measured by earlyoom with `stress -m 4`, in KiB per millisecond. */
const FILL_KIB_PER_MS = 6000;
const LEAST_MS = 250;
/** With this much to be had there is no hurry. */
const EASY_AVAILABLE_SHARE = 0.4;

/**
 * Milliseconds until the next sample: the interval while there is plenty, and as headroom shrinks never longer than
 * it takes to fill what is left up to the critical mark (earlyoom's rule).
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
