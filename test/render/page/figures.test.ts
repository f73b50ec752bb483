import { describe, expect, it } from 'vitest';
import { figureText, stampText, timeTicks } from '../../../src/render/page/figures.ts';

const at = (text: string): number => Date.parse(`2026-11-${text}Z`);

describe('a figure', () => {
  it.each([
    ['count', 11.06, '11.1'],
    ['percent', 4.26, '4.3%'],
    ['percent', 100.3, '100%'],
    ['tokens', 0, '0'],
    ['tokens', 49_560, '49.6k'],
    ['tokens', 999_400, '999k'],
    ['tokens', 999_900, '1M'],
    ['tokens', 2_786_776, '2.79M'],
    ['tokens', 12_345_678_901, '12.3G'],
    ['dollars', 0, '$0.00'],
    ['dollars', 0.5, '$0.50'],
    ['dollars', 0.065364, '$0.0654'],
    ['dollars', 1234.5, '$1234.50'],
    ['hours', 77.04, '77h'],
    ['seconds', 0.0004, '0.0004s'],
    ['seconds', 89, '89s'],
    ['seconds', 90, '1.5m'],
    ['seconds', 7200, '2h'],
    ['seconds', 200_000, '2.31d'],
  ] as const)('of %s %d is written %s', (unit, value, want) => {
    expect(figureText(unit, value)).toBe(want);
  });

  it('that is unknown is a dash', () => expect(figureText('tokens', null)).toBe('–'));
});

describe('time', () => {
  it('is written in UTC', () => expect(stampText(at('25T10:15:59'))).toBe('2026-11-25 10:15'));

  it('has ticks at round times, and the date at midnight', () => {
    const labels = timeTicks(at('24T10:29'), at('25T10:29'), 8).map(({ label }) => label);
    expect(labels).toEqual(['12:00', '15:00', '18:00', '21:00', 'Nov 25', '03:00', '06:00', '09:00']);
    expect(timeTicks(at('18T10:00'), at('25T10:00'), 8).map(({ label }) => label)).toEqual([
      'Nov 19',
      'Nov 20',
      'Nov 21',
      'Nov 22',
      'Nov 23',
      'Nov 24',
      'Nov 25',
    ]);
  });

  it('has at most one tick more than its limit, for any span', () => {
    for (const span of [1, 1_000, 60_000, 3_600_000, 86_400_000, 40 * 86_400_000, 4_000 * 86_400_000])
      for (const most of [2, 5, 12]) {
        const ticks = timeTicks(at('24T10:29'), at('24T10:29') + span, most);
        expect(ticks.length).toBeLessThanOrEqual(most + 1);
      }
  });
});
