/** The port to the time. */
import type { Instant } from '../core/model/instants.ts';

export interface Clock {
  now(): Instant;
}

export interface LocalTimeZone {
  /** The machine's time zone, like Europe/Vienna. */
  timeZone(): string;
}
