/** Instants as integers: policies receive `now` and never read a clock. */

/** Milliseconds since the Unix epoch. */
export type Instant = number & { readonly __brand: 'Instant' };

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

export const instant = (ms: number): Instant => ms as Instant;
export const plusMs = (at: Instant, ms: number): Instant => (at + ms) as Instant;

/**
 * Milliseconds from `since` to `now`, never negative: after a clock is set back, an instant that seems to lie in the
 * future counts as now.
 */
export const elapsedMs = (since: Instant, now: Instant): number => Math.max(0, now - since);
