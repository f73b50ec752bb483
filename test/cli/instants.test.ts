/** A printed time can be typed as it stands and means the same, in every time zone. */
import { describe, expect, it } from 'vitest';
import { instantOf } from '../../src/cli/instant-words.ts';
import type { Instant } from '../../src/core/model/instants.ts';
import { stamp } from '../../src/render/history/history.ts';
import { stampText } from '../../src/render/page/figures.ts';

const NOW = Date.parse('2026-11-28T21:53:47.466Z') as Instant;
const read = (text: string): string => new Date(instantOf('--since', text, NOW)).toISOString();

describe('an instant', () => {
  it.each([
    ['2026-11-28 21:40', '2026-11-28T21:40:00.000Z'],
    ['2026-11-28 21:40 UTC', '2026-11-28T21:40:00.000Z'],
    ['2026-11-28T21:40:11.123Z', '2026-11-28T21:40:11.123Z'],
    ['2026-11-28 21:40:11', '2026-11-28T21:40:11.000Z'],
    ['2026-11-28 21:40+01:00', '2026-11-28T20:40:00.000Z'],
    ['2026-11-28 21:40 -0530', '2026-11-29T03:10:00.000Z'],
    ['2026-11-28', '2026-11-28T00:00:00.000Z'],
    ['today', '2026-11-28T00:00:00.000Z'],
    ['Yesterday', '2026-11-27T00:00:00.000Z'],
    ['now', '2026-11-28T21:53:47.466Z'],
    ['1w', '2026-11-21T21:53:47.466Z'],
    ['5min', '2026-11-28T21:48:47.466Z'],
  ])('%j', (text, want) => {
    expect(read(text)).toBe(want);
  });

  it.each(['', '5', '2026-02-31', '2026-11-28T', '2026-11-28 25:00', '28.11.2026', '2026-11-28 21:40 CET', 'tomorrow'])(
    '%j is refused',
    (text) => {
      expect(() => read(text)).toThrow(/must be a duration or an instant/);
    },
  );

  it.each(['UTC', 'Europe/Berlin', 'America/St_Johns'])('printed on a screen or page in %s comes back', (zone) => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      expect(read(stamp(NOW))).toBe('2026-11-28T21:53:47.000Z');
      expect(read(`${stamp(NOW)} UTC`)).toBe('2026-11-28T21:53:47.000Z');
      expect(read(stampText(NOW))).toBe('2026-11-28T21:53:00.000Z');
      expect(read(new Date(NOW).toISOString())).toBe('2026-11-28T21:53:47.466Z');
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});
