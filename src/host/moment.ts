/** Reads the wall clock and the clock of the machine's boot together. */
import { type Instant, instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Moment } from '../core/settle/clock.ts';
import { bootClockMs } from './boot-clock.ts';
import { TICK_MS } from './processes/stat.ts';

/** A process that is stopped between the two readings reads again. */
const MOST_APART_MS = 50;
const MOST_READINGS = 10;
/** A larger difference is no error of reading. */
const OWN_UPTIME_MS = 1_000;

/** Milliseconds by which a container's own uptime (lxcfs) is behind the machine's; null before the first reading. */
let behindMs: number | null = null;

function machineUptimeMs({ started }: ProcessRef): number | null {
  const shownMs = bootClockMs();
  if (shownMs === null) return null;
  if (behindMs === null) {
    const least = started * TICK_MS + process.uptime() * 1000;
    behindMs = least - shownMs > OWN_UPTIME_MS ? least - shownMs : 0;
  }
  return shownMs + behindMs;
}

/** The time, and the clock that it is by; `self` is this process. The clock is null where the boot is unknown. */
export function readMoment(self: ProcessRef, wallMs = Date.now, machineMs = machineUptimeMs): Moment {
  const { boot } = self;
  // Elsewhere the boot is named by the second at which it began by the wall clock: a clock that is set names another one.
  const isLinux = process.platform === 'linux';
  for (let left = MOST_READINGS; ; left -= 1) {
    const before = wallMs();
    const uptimeMs = boot === null ? null : isLinux ? machineMs(self) : before - Number(boot) * 1000;
    const now = wallMs();
    if (left > 0 && Math.abs(now - before) > MOST_APART_MS) continue;
    const clock = boot === null || uptimeMs === null ? null : { boot, at: instant(Math.round(now - uptimeMs)) };
    return { now: now as Instant, clock };
  }
}
