/** Budget windows tile time in every zone: short days, long days, days without midnight, skipped dates. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCalendar, isTimeZone, openWindow, parsePeriod, renewed } from '../../../src/core/budget/window.ts';
import type { Window } from '../../../src/core/model/budget.ts';
import { type Instant, instant } from '../../../src/core/model/instants.ts';

const HOUR_MS = 3_600_000;
const at = (iso: string): Instant => instant(Date.parse(iso));
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
const span = (window: Window): string => `${iso(window.startedAt)} to ${iso(window.endsAt)}`;

describe('periods', () => {
  it.each([
    ['day', 'day'],
    ['week', 'week'],
    ['month', 'month'],
    [' Week\n', 'week'],
    ['5h', '5h'],
    ['90M', '90m'],
    ['1h30m', '1h30m'],
    ['1m', '1m'],
    ['60s', '60s'],
    ['59s', null],
    ['59999ms', null],
    ['0s', null],
    ['-5h', null],
    ['5 h', null],
    ['4000d', null],
    ['year', null],
    ['days', null],
    ['5', null],
    ['', null],
  ])('%j', (text, want) => {
    expect(parsePeriod(text)).toBe(want);
  });
});

describe('time zones', () => {
  it.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['europe/berlin', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Europe/Atlantis', false],
    ['Berlin', false],
    ['UTC+25', false],
    ['', false],
    [' UTC', false],
  ])('%j', (name, want) => {
    expect(isTimeZone(name)).toBe(want);
    expect(isTimeZone(name)).toBe(want);
  });

  it.each([
    ['day', 'Europe/Atlantis'],
    ['year', 'UTC'],
    ['5s', 'UTC'],
  ])('opens no window per %s in %s', (per, timeZone) => {
    expect(() => openWindow(per, timeZone, at('2026-01-01T00:00:00Z'))).toThrow(RangeError);
  });
});

/** `want` is the start of the window, `wantHours` its length. */
type Row = readonly [name: string, zone: string, now: string, want: string, wantHours: number];

const DAYS: readonly Row[] = [
  ['a plain day', 'UTC', '2026-03-10T12:00:00Z', '2026-03-10T00:00:00Z', 24],
  ['its first instant', 'UTC', '2026-03-10T00:00:00Z', '2026-03-10T00:00:00Z', 24],
  ['its last millisecond', 'UTC', '2026-03-10T23:59:59.999Z', '2026-03-10T00:00:00Z', 24],
  ['east of Greenwich', 'Asia/Tokyo', '2026-03-10T15:00:00Z', '2026-03-10T15:00:00Z', 24],
  ['furthest east', 'Pacific/Kiritimati', '2026-03-10T09:59:59.999Z', '2026-03-09T10:00:00Z', 24],
  ['furthest west', 'Pacific/Pago_Pago', '2026-03-10T10:59:59.999Z', '2026-03-09T11:00:00Z', 24],
  ['offset of three quarters of an hour', 'Asia/Kathmandu', '2026-03-10T18:15:00Z', '2026-03-10T18:15:00Z', 24],
  ['offset with seconds', 'Africa/Monrovia', '1971-06-01T00:44:29Z', '1971-05-31T00:44:30Z', 24],
  ['before the epoch', 'UTC', '1969-12-31T23:59:59.999Z', '1969-12-31T00:00:00Z', 24],
  ['leap day', 'UTC', '2028-02-29T10:00:00Z', '2028-02-29T00:00:00Z', 24],
  ['28 February of a common year', 'UTC', '2027-02-28T23:00:00Z', '2027-02-28T00:00:00Z', 24],
  ['last day of the year', 'America/New_York', '2027-01-01T04:59:59Z', '2026-12-31T05:00:00Z', 24],

  ['spring forward in the small hours', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
  ['fall back in the small hours', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
  ['first 02:30 of the fall back', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-24T22:00:00Z', 25],
  ['second 02:30 of the fall back', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-24T22:00:00Z', 25],
  ['the day before spring forward', 'America/New_York', '2026-03-08T04:59:59Z', '2026-03-07T05:00:00Z', 24],
  ['half an hour forward', 'Australia/Lord_Howe', '2026-10-04T00:00:00Z', '2026-10-03T13:30:00Z', 23.5],
  ['half an hour back', 'Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-04T13:00:00Z', 24.5],
  ['two hours forward', 'Antarctica/Troll', '2026-03-29T12:00:00Z', '2026-03-29T00:00:00Z', 22],

  ['no midnight: starts at 01:00', 'America/Santiago', '2023-09-03T12:00:00Z', '2023-09-03T04:00:00Z', 23],
  ['the day before no midnight', 'America/Santiago', '2023-09-03T03:59:59Z', '2023-09-02T04:00:00Z', 24],
  ['no midnight on a Friday', 'Africa/Cairo', '2024-04-25T22:00:00Z', '2024-04-25T22:00:00Z', 23],
  ['no midnight on the first of a month', 'America/Asuncion', '2023-10-01T12:00:00Z', '2023-10-01T04:00:00Z', 23],
  ['no midnight in March', 'America/Havana', '2023-03-12T12:00:00Z', '2023-03-12T05:00:00Z', 23],

  ['sprang from 23:30 to 00:30', 'America/Toronto', '1919-03-31T12:00:00Z', '1919-03-31T04:30:00Z', 23.5],

  ['midnight twice: the first counts', 'America/Havana', '2023-11-05T12:00:00Z', '2023-11-05T04:00:00Z', 25],
  ['between the two midnights', 'America/Havana', '2023-11-05T04:30:00Z', '2023-11-05T04:00:00Z', 25],
  ['at the second midnight', 'America/Havana', '2023-11-05T05:00:00Z', '2023-11-05T04:00:00Z', 25],
  ['23:00 twice, one midnight', 'America/Asuncion', '2024-03-24T03:30:00Z', '2024-03-23T03:00:00Z', 25],
  ['the day after 23:00 twice', 'America/Asuncion', '2024-03-24T04:00:00Z', '2024-03-24T04:00:00Z', 24],
  ['23:00 twice in April', 'America/Santiago', '2024-04-07T03:30:00Z', '2024-04-06T03:00:00Z', 25],
  ['23:00 twice on a Thursday', 'Africa/Cairo', '2024-10-31T21:30:00Z', '2024-10-30T21:00:00Z', 25],

  ['a minute before clocks go back to 23:01', 'America/St_Johns', '2003-10-26T02:30:30Z', '2003-10-26T02:30:00Z', 25],
  ['the old date again, at 23:30', 'America/St_Johns', '2003-10-26T03:00:00Z', '2003-10-26T02:30:00Z', 25],
  ['before midnight is first seen', 'America/St_Johns', '2003-10-26T02:29:59Z', '2003-10-25T02:30:00Z', 24],

  ['before the skipped date', 'Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29T10:00:00Z', 24],
  ['after the skipped date', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00Z', 24],
  ['a skipped date in August', 'Pacific/Kwajalein', '1993-08-21T12:00:00Z', '1993-08-21T12:00:00Z', 24],
];

const WEEKS: readonly Row[] = [
  ['Monday midnight', 'UTC', '2026-03-09T00:00:00Z', '2026-03-09T00:00:00Z', 168],
  ['the end of Sunday', 'UTC', '2026-03-08T23:59:59.999Z', '2026-03-02T00:00:00Z', 168],
  ['across the year', 'UTC', '2027-01-01T12:00:00Z', '2026-12-28T00:00:00Z', 168],
  ['with spring forward', 'Europe/Berlin', '2026-03-25T12:00:00Z', '2026-03-22T23:00:00Z', 167],
  ['with fall back', 'Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-18T22:00:00Z', 169],
  ['without Friday', 'Pacific/Apia', '2011-12-31T12:00:00Z', '2011-12-26T10:00:00Z', 144],
];

const MONTHS: readonly Row[] = [
  ['31 days', 'UTC', '2026-01-31T23:59:59.999Z', '2026-01-01T00:00:00Z', 744],
  ['February of a common year', 'UTC', '2027-02-28T12:00:00Z', '2027-02-01T00:00:00Z', 672],
  ['February of a leap year', 'UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', 696],
  ['February 2100 has 28 days', 'UTC', '2100-02-28T12:00:00Z', '2100-02-01T00:00:00Z', 672],
  ['December into the new year', 'Asia/Tokyo', '2026-12-31T14:59:59Z', '2026-11-30T15:00:00Z', 744],
  ['with spring forward', 'Europe/Berlin', '2026-03-15T12:00:00Z', '2026-02-28T23:00:00Z', 743],
  ['with fall back', 'Europe/Berlin', '2026-10-15T12:00:00Z', '2026-09-30T22:00:00Z', 745],
  ['first day without midnight', 'America/Asuncion', '2023-10-01T04:00:00Z', '2023-10-01T04:00:00Z', 743],
  ['without the 30th', 'Pacific/Apia', '2011-12-15T12:00:00Z', '2011-12-01T10:00:00Z', 720],
  ['without the 31st', 'Pacific/Kiritimati', '1994-12-15T12:00:00Z', '1994-12-01T10:00:00Z', 720],
];

describe.each([
  ['day', DAYS],
  ['week', WEEKS],
  ['month', MONTHS],
] as const)('the %s', (per, rows) => {
  it.each(rows)('%s (%s)', (_name, zone, now, want, wantHours) => {
    const window = openWindow(per, zone, at(now));
    expect(span(window)).toBe(`${want} to ${iso(at(want) + wantHours * HOUR_MS)}`);
    expect(window).toMatchObject({ per, timeZone: zone });
  });
});

describe('renewal', () => {
  it.each([
    ['5h', 'at its start: kept', '2026-03-28T12:00:00Z', null],
    ['5h', 'a millisecond before its end: kept', '2026-03-28T16:59:59.999Z', null],
    [
      '5h',
      'clock set back before its start: phase kept',
      '2020-01-01T00:00:00Z',
      '2019-12-31T23:00:00Z to 2020-01-01T04:00:00Z',
    ],
    ['5h', 'set back by a millisecond', '2026-03-28T11:59:59.999Z', '2026-03-28T07:00:00Z to 2026-03-28T12:00:00Z'],
    ['5h', 'exactly at its end', '2026-03-28T17:00:00Z', '2026-03-28T17:00:00Z to 2026-03-28T22:00:00Z'],
    ['5h', 'within the next one', '2026-03-28T19:34:56.789Z', '2026-03-28T17:00:00Z to 2026-03-28T22:00:00Z'],
    ['5h', 'some missed: phase kept', '2026-03-29T12:00:00Z', '2026-03-29T08:00:00Z to 2026-03-29T13:00:00Z'],
    ['1m', 'years of minutes missed', '2036-03-28T12:00:30Z', '2036-03-28T12:00:00Z to 2036-03-28T12:01:00Z'],
    ['24h', 'knows no daylight saving', '2026-03-29T12:00:00Z', '2026-03-29T12:00:00Z to 2026-03-30T12:00:00Z'],
    ['day', 'same local day: kept', '2026-03-28T22:59:59Z', null],
    ['day', 'clock set back by a day', '2026-03-27T12:00:00Z', '2026-03-26T23:00:00Z to 2026-03-27T23:00:00Z'],
    ['day', 'next day, an hour short', '2026-03-28T23:00:00Z', '2026-03-28T23:00:00Z to 2026-03-29T22:00:00Z'],
    ['day', 'a year missed', '2027-03-01T12:00:00Z', '2027-02-28T23:00:00Z to 2027-03-01T23:00:00Z'],
    ['week', 'next week', '2026-03-30T10:00:00Z', '2026-03-29T22:00:00Z to 2026-04-05T22:00:00Z'],
    ['month', 'next month', '2026-03-31T22:00:00Z', '2026-03-31T22:00:00Z to 2026-04-30T22:00:00Z'],
  ])('%s %s', (per, _name, now, want) => {
    const window = openWindow(per, 'Europe/Berlin', at('2026-03-28T12:00:00Z'));
    const next = renewed(window, at(now));
    if (want === null) expect(next).toBe(window);
    else expect(span(next)).toBe(want);
  });
});

/** Clock changes to test around, since random instants seldom fall there. */
const CHANGES: readonly (readonly [zone: string, now: string])[] = [
  ...[...DAYS, ...WEEKS, ...MONTHS].map(([, zone, now]) => [zone, now] as const),
  ['Antarctica/Casey', '2010-03-04T15:00:00Z'],
  ['America/Danmarkshavn', '1996-01-01T03:00:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00:00Z'],
  ['Asia/Gaza', '2011-08-01T00:00:00Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00:00Z'],
];
const near = (hours: number) =>
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -hours * HOUR_MS, max: hours * HOUR_MS }))
    .map(([[zone, change], away]) => ({ zone, now: instant(at(change) + away) }));
const anywhere = fc.record({
  zone: fc.constantFrom('UTC', ...Intl.supportedValuesOf('timeZone')),
  now: fc.integer({ min: 0, max: Date.UTC(2040, 0, 1) }).map(instant),
});
const place = fc.oneof(near(1), near(40), anywhere);
const calendarPer = fc.constantFrom('day', 'week', 'month');
const durationPer = fc.integer({ min: 1, max: 100_000 }).map((minutes) => `${minutes}m`);
const anyPer = fc.oneof({ weight: 3, arbitrary: calendarPer }, { weight: 1, arbitrary: durationPer });

/** The local date as `2026-03-29`, computed independently of the code under test. */
const formats = new Map<string, Intl.DateTimeFormat>();
function localDate(ms: number, timeZone: string): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format.format(ms);
}

/** The month of the date, the Monday of its week, or the date itself; they sort like the periods. */
function periodName(per: string, date: string): string {
  if (per === 'month') return date.slice(0, 7);
  if (per === 'day') return date;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return iso(midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * 24 * HOUR_MS).slice(0, 10);
}

describe('always', () => {
  it('now is inside', () => {
    fc.assert(
      fc.property(place, anyPer, ({ zone, now }, per) => {
        const { startedAt, endsAt } = openWindow(per, zone, now);
        expect(startedAt).toBeLessThanOrEqual(now);
        expect(endsAt).toBeGreaterThan(now);
      }),
      { numRuns: 1000 },
    );
  });

  it('a calendar window is the same from its first instant and from its last', () => {
    fc.assert(
      fc.property(place, calendarPer, ({ zone, now }, per) => {
        const window = openWindow(per, zone, now);
        expect(openWindow(per, zone, window.startedAt)).toEqual(window);
        expect(openWindow(per, zone, instant(window.endsAt - 1))).toEqual(window);
      }),
      { numRuns: 500 },
    );
  });

  it('windows tile time without gap or overlap', () => {
    fc.assert(
      fc.property(place, anyPer, ({ zone, now }, per) => {
        let window = openWindow(per, zone, now);
        for (let turn = 0; turn < 4; turn++) {
          const next = renewed(window, window.endsAt);
          expect(next.startedAt).toBe(window.endsAt);
          window = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('skipping windows leads to the same window as renewing one by one', () => {
    fc.assert(
      fc.property(place, anyPer, fc.double({ min: 0, max: 6, noNaN: true }), ({ zone, now }, per, lengths) => {
        const window = openWindow(per, zone, now);
        const later = instant(now + Math.floor(lengths * (window.endsAt - window.startedAt)));
        let through = window;
        while (later >= through.endsAt) through = renewed(through, through.endsAt);
        const skipped = renewed(window, later);
        expect(skipped).toEqual(through);
        expect(later >= skipped.startedAt && later < skipped.endsAt).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('renewing twice changes nothing, and a clock set back gives a window of the same length that contains the time', () => {
    fc.assert(
      fc.property(place, anyPer, fc.integer({ min: -1e10, max: 1e10 }), ({ zone, now }, per, away) => {
        const once = renewed(openWindow(per, zone, now), instant(now + away));
        expect(renewed(once, instant(now + away))).toBe(once);
        const back = instant(once.startedAt - 1 - Math.abs(away));
        const window = renewed(once, back);
        expect(window.startedAt <= back && back < window.endsAt).toBe(true);
        if (isCalendar(per)) expect(window).toEqual(openWindow(per, zone, back));
        else expect(renewed(window, once.startedAt)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('a calendar window starts at the first instant of a local day, and of its week or month', () => {
    fc.assert(
      fc.property(place, calendarPer, ({ zone, now }, per) => {
        const { startedAt, endsAt } = openWindow(per, zone, now);
        const nameAt = (ms: number) => periodName(per, localDate(ms, zone));
        const name = nameAt(startedAt);
        expect(nameAt(now) <= name).toBe(true);
        expect(nameAt(endsAt) > name).toBe(true);
        expect(localDate(startedAt - 1, zone) < localDate(startedAt, zone)).toBe(true);
        for (let before = 1; before <= 30 * HOUR_MS; before += HOUR_MS / 4) {
          expect(nameAt(startedAt - before) < name).toBe(true);
          expect(nameAt(endsAt - before) <= name).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
