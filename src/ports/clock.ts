/** The port to the time. */
import type { Instant } from '../core/model/instants.ts';

export type Clock = { now(): Instant };

/** The machine's time zone, like Europe/Vienna. */
export type LocalTimeZone = { timeZone(): string };
