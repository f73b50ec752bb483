/** Signs of life: three missed ones count, one that was never given does not, and the shorter promise is kept. */
import { describe, expect, it } from 'vitest';
import { beatIn, beatName, beatText, isMissed, nextBeat } from '../../../src/core/model/beat.ts';
import { process_ } from '../../helpers/state.ts';

describe('a beat', () => {
  it('is read as it was written, and never from another text', () => {
    const beat = { everyMs: 30_000, atMs: 123_456_789_012 };
    expect(beatIn(beatText(beat))).toEqual(beat);
    for (const text of ['', beatText(beat).slice(0, -1), `${beatText(beat)} `, 'every=1 at=2\n'])
      expect(beatIn(text)).toBeNull();
  });

  it('is missed after three times its promise, and not before', () => {
    const beat = { everyMs: 10, atMs: 1_000 };
    expect([1_000, 1_030, 1_031, 0].map((now) => isMissed(beat, now))).toEqual([false, false, true, false]);
  });

  it('is written once in a quarter of its promise, and keeps the shorter promise', () => {
    const last = { everyMs: 40, atMs: 1_000 };
    expect(nextBeat(null, 100, 1_000)).toEqual({ everyMs: 100, atMs: 1_000 });
    expect(nextBeat(last, 100, 1_009)).toBeNull();
    expect(nextBeat(last, 100, 1_010)).toEqual({ everyMs: 40, atMs: 1_010 });
    expect(nextBeat(last, 20, 1_001)).toEqual({ everyMs: 20, atMs: 1_001 });
    // A beat from the future was written by another boot or another person.
    expect(nextBeat(last, 100, 5)).toEqual({ everyMs: 40, atMs: 5 });
  });

  it('has a file only if its name leads nowhere else', () => {
    expect(beatName({ ...process_(7), boot: 'abc', ns: 4 })).toMatch(/^7\.\d+\.abc\.4$/);
    expect(beatName({ ...process_(7), boot: '../../x', ns: 4 })).toBeNull();
  });
});
