/** Recommendations on waits: causes are named only where the records have them. */
import { expect, it } from 'vitest';
import { REASONS } from '../../src/core/reason.ts';
import { adviceText } from '../../src/render/advice.ts';
import { exactDuration } from '../../src/render/text/duration.ts';

const text = (more: object) =>
  adviceText({ code: 'waited', project: 'odin', waitedSeconds: 206, used: 0.82, causes: [], ...more });

it('the wait has its causes, the longest first', () => {
  const causes = [
    { reason: 'health-degraded', seconds: 130 },
    { reason: 'insufficient-slots', seconds: 76 },
  ];
  expect(text({ causes })).toBe(
    'odin waited 3m26s with 82% of the slots in use, 2m10s of it because the machine was under strain, 1m16s because too few slots were free',
  );
});

it('more slots are advised where slots were the longest cause, or where all were in use and no cause is known', () => {
  const more = ': more slots (set-max), if memory allows';
  expect(text({ causes: [{ reason: 'insufficient-slots', seconds: 206 }] })).toBe(
    `odin waited 3m26s with 82% of the slots in use, 3m26s of it because too few slots were free${more}`,
  );
  expect(text({ used: 0.9 })).toBe(`odin waited 3m26s with 90% of the slots in use${more}`);
  expect(text({ used: 0.89 })).toBe('odin waited 3m26s with 89% of the slots in use');
  expect(text({ used: null })).toBe('odin waited 3m26s');
});

it.each([...REASONS])('the cause %s has words', (reason) => {
  expect(text({ causes: [{ reason, seconds: 5 }] })).not.toContain(`because ${reason}`);
});

it.each([
  [0, '0s'],
  [44.6, '45s'],
  [59.5, '1m'],
  [206, '3m26s'],
  [3600, '1h'],
  [3722, '1h2m2s'],
])('%f seconds are exactly %s', (seconds, want) => {
  expect(exactDuration(seconds)).toBe(want);
});
