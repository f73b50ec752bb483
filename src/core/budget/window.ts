/**
 * Windows of time after which a budget is renewed: a local day, week or month, or a fixed duration.
 * Windows tile time: each ends where the next starts, and `startedAt <= now < endsAt` holds whatever a zone's clocks do.
 * A local day starts at its first instant, so where clocks fall back across midnight the repeated
 * stretch of the old date belongs to the new day. Reads no clock.
 */
import { parseDuration } from '../amounts.ts';
import type { Period, Window } from '../model/budget.ts';
import { HOUR_MS, type Instant, instant } from '../model/instants.ts';

type CalendarPeriod = 'day' | 'week' | 'month';

/** True for a period that begins at midnight. */
export const isCalendar = (per: Period): per is CalendarPeriod => per === 'day' || per === 'week' || per === 'month';

/** Null for a text that is no duration or less than 1 minute. */
function durationMs(per: Period): number | null {
  const ms = parseDuration(per);
  return ms !== null && ms >= 60_000 ? ms : null;
}

/** The period trimmed and in lower case, or null when the text is neither a calendar period nor a duration of 1 minute or more. */
export function parsePeriod(text: string): Period | null {
  const per = text.trim().toLowerCase();
  return isCalendar(per) || durationMs(per) !== null ? per : null;
}

/** Whether this runtime knows the time zone, under any spelling that Intl accepts. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The window of this period that contains `now`; a duration starts at `now`. RangeError for an unknown zone or period. */
export function openWindow(per: Period, timeZone: string, now: Instant): Window {
  if (!isCalendar(per)) return { per, timeZone, startedAt: now, endsAt: instant(now + lengthMs(per)) };
  const today = wallAt(now, timeZone);
  let startedAt = firstInstantOf(boundary(per, today, 0), timeZone);
  for (let ahead = 1; ; ahead++) {
    const endsAt = firstInstantOf(boundary(per, today, ahead), timeZone);
    if (endsAt > now) return { per, timeZone, startedAt, endsAt };
    // Clocks fell back across midnight: the wall shows the old date again, but the next one has begun.
    startedAt = endsAt;
  }
}

/** The same object while `now` is in it, else the window that contains `now`; durations keep their phase. */
export function renewed(window: Window, now: Instant): Window {
  const { per, timeZone, startedAt, endsAt } = window;
  if (now >= startedAt && now < endsAt) return window;
  if (isCalendar(per)) return openWindow(per, timeZone, now);
  const ms = lengthMs(per);
  const sinceStart = (now - endsAt) % ms;
  return openWindow(per, timeZone, instant(now - (sinceStart < 0 ? sinceStart + ms : sinceStart)));
}

function lengthMs(per: Period): number {
  const ms = durationMs(per);
  if (ms === null) throw new RangeError(`Invalid budget period: ${per}`);
  return ms;
}

// A "wall" time is the reading of a local clock, as the milliseconds at which a clock in UTC shows the same.

/** The wall time at which the period around `wall` starts, or the one `ahead` periods later. */
function boundary(per: CalendarPeriod, wall: number, ahead: number): number {
  const date = new Date(wall);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (per === 'month') return Date.UTC(year, month + ahead, 1);
  if (per === 'day') return Date.UTC(year, month, day + ahead);
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  return Date.UTC(year, month, day - sinceMonday + 7 * ahead);
}

/** Beyond every offset in the tz database; the widest is Manila's before 1844, -15:56. */
const WIDEST_OFFSET_MS = 16 * HOUR_MS;
/** No zone changed its clocks there and back within this time. */
const STRIDE_MS = 8 * HOUR_MS;

/** The first instant at which the wall shows `wall` or later. */
function firstInstantOf(wall: number, timeZone: string): Instant {
  const offsetAt = (at: number) => wallAt(at, timeZone) - at;
  let from = wall - WIDEST_OFFSET_MS;
  for (;;) {
    const offset = offsetAt(from);
    let until = from + STRIDE_MS;
    if (offsetAt(until) !== offset) {
      let same = from;
      while (until - same > 1) {
        const middle = Math.floor((same + until) / 2);
        if (offsetAt(middle) === offset) same = middle;
        else until = middle;
      }
    }
    // When clocks sprang over `wall`, it is already past at `from`, the instant of the change.
    if (wall - offset < until) return instant(Math.max(from, wall - offset));
    from = until;
  }
}

function wallAt(at: number, timeZone: string): number {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second, ((at % 1000) + 1000) % 1000);
}

/** Creating a format takes about a hundred times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const numeric = 'numeric' as const;
    const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone, hourCycle: 'h23' });
    formats.set(timeZone, format);
  }
  return format;
}
