/** The port to the time. */
import type { LocalZone } from '../core/budget/local-zone.ts';
import type { Instant } from '../core/model/instants.ts';

export type Clock = { now(): Instant };

/** Milliseconds of a clock that nobody can set, from an arbitrary beginning; for durations within this process. */
export type Stopwatch = { steadyMs(): number };

/** The machine's time zone, like Europe/Vienna; UTC where it names none. */
export type LocalTimeZone = { timeZone(): LocalZone };
