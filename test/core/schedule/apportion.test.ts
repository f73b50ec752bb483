import { describe, expect, it } from 'vitest';
import { apportion } from '../../../src/core/schedule/apportion.ts';

const seats = (total: number, weights: readonly number[], more: { most?: number[]; least?: number[] } = {}) => {
  const claimants = weights.map((weight, key) => ({
    key,
    weight,
    most: more.most?.[key] ?? 1000,
    least: more.least?.[key] ?? 0,
  }));
  return [...apportion(total, claimants).values()];
};

describe('apportion', () => {
  it.each([
    { name: 'the seed’s example: 24 asked of 20', total: 20, weights: [10, 8, 6], want: [8, 7, 5] },
    { name: 'ten by 6, 6, 2', total: 10, weights: [6, 6, 2], want: [5, 4, 1] },
    { name: 'an eleventh is taken from nobody', total: 11, weights: [6, 6, 2], want: [5, 5, 1] },
    { name: 'a twelfth goes to the smallest', total: 12, weights: [6, 6, 2], want: [5, 5, 2] },
    { name: 'equals by order', total: 4, weights: [1, 1, 1], want: [2, 1, 1] },
    { name: 'nothing to give', total: 0, weights: [1, 1], want: [0, 0] },
    { name: 'less than nothing to give', total: -3, weights: [1, 1], want: [0, 0] },
    { name: 'no weight, no seat', total: 3, weights: [0, 1], want: [0, 3] },
    { name: 'nobody to give to', total: 3, weights: [], want: [] },
  ])('$name', ({ total, weights, want }) => {
    expect(seats(total, weights)).toEqual(want);
  });

  it.each([
    { name: 'never more than asked, the rest to the others', total: 9, most: [2, 9], least: [0, 0], want: [2, 7] },
    { name: 'all that is asked, and no more', total: 9, most: [2, 3], least: [0, 0], want: [2, 3] },
    { name: 'the least first', total: 4, most: [9, 9], least: [0, 3], want: [1, 3] },
    { name: 'the least is not more than asked', total: 4, most: [9, 1], least: [0, 3], want: [3, 1] },
    { name: 'too little for every least: by order', total: 3, most: [9, 9], least: [2, 2], want: [2, 1] },
  ])('$name', ({ total, most, least, want }) => {
    expect(seats(total, [1, 1], { most, least })).toEqual(want);
  });
});
