import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Growth } from '../../../src/core/forecast/growth.ts';
import { callsUntil, growthOf, spendOver } from '../../../src/core/forecast/growth.ts';

const line = (start: number, perCall: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => start + perCall * at);
const must = (growth: Growth | null): Growth => growth as Growth;

/** Counted call by call. */
function counted(start: number, perCall: number, left: number): number {
  let spent = 0;
  for (let calls = 1; ; calls += 1) {
    spent += start + perCall * calls;
    if (spent >= left) return calls;
  }
}

describe('calls until an amount is spent', () => {
  it('are as many as counted call by call, for costs that grow linearly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 900 }),
        fc.integer({ min: 12, max: 80 }),
        fc.integer({ min: 1, max: 5_000_000 }),
        (start, perCall, count, left) => {
          // Growth so steep that costs double within a few calls is a break.
          fc.pre(perCall * 5 < start);
          const amounts = line(start, perCall, count);
          const calls = callsUntil(must(growthOf(amounts)), left);
          expect(Math.ceil(calls - 1e-6)).toBe(counted(amounts.at(-1) as number, perCall, left));
        },
      ),
    );
  });

  it('and the amount that calls spend are inverse to each other', () => {
    fc.assert(
      fc.property(
        fc.record({
          level: fc.double({ min: 1, max: 1e5, noNaN: true }),
          perCall: fc.double({ min: 0, max: 1e3, noNaN: true }),
          rise: fc.option(fc.double({ min: 1, max: 1e5, noNaN: true })),
        }),
        fc.double({ min: 1, max: 1e8, noNaN: true }),
        ({ level, perCall, rise }, left) => {
          const compaction = rise === null || perCall === 0 ? null : { peak: level + rise, start: level / 2 };
          const growth = { level, perCall, compaction };
          expect(spendOver(growth, callsUntil(growth, left)) / left).toBeCloseTo(1, 1);
        },
      ),
    );
  });

  it('hardly change with a few outliers', () => {
    const amounts = line(2000, 300, 60);
    amounts[20] = 90_000;
    amounts[41] = 0;
    const usual = callsUntil(must(growthOf(line(2000, 300, 60))), 500_000);
    expect(callsUntil(must(growthOf(amounts)), 500_000) / usual).toBeCloseTo(1, 1);
  });

  it('restart after a compaction, and expect another one', () => {
    const cycle = line(10_000, 1500, 60);
    const amounts = [...cycle, ...cycle.slice(0, 20)];
    const growth = must(growthOf(amounts));
    expect(growth.perCall).toBeCloseTo(1500, 0);
    expect(growth.compaction).toMatchObject({ peak: cycle.at(-1) });
    // The cost of the next two cycles of sixty calls each.
    const cost = 2 * cycle.reduce((sum, amount) => sum + amount, 0);
    expect(Math.abs(callsUntil(growth, cost) / 120 - 1)).toBeLessThan(0.1);
  });

  it('follow another model from its first call', () => {
    const growth = must(growthOf([...line(1000, 0, 40), ...line(3000, 0, 20)]));
    expect(growth.level).toBeCloseTo(3000, 0);
    expect(growth.perCall).toBe(0);
  });

  it('are unknown for calls that cost nothing', () => {
    expect(growthOf([0, 0, 0, 0])).toBeNull();
  });
});
