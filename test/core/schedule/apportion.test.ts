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
    { name: 'the seed’s example: 24 requested of 20', total: 20, weights: [10, 8, 6], want: [8, 7, 5] },
    { name: 'ten seats by weights 6, 6, 2', total: 10, weights: [6, 6, 2], want: [5, 4, 1] },
    { name: 'an eleventh seat reduces no other claim', total: 11, weights: [6, 6, 2], want: [5, 5, 1] },
    { name: 'a twelfth seat goes to the smallest claim', total: 12, weights: [6, 6, 2], want: [5, 5, 2] },
    { name: 'equal claims go by order', total: 4, weights: [1, 1, 1], want: [2, 1, 1] },
    { name: 'no seats', total: 0, weights: [1, 1], want: [0, 0] },
    { name: 'a negative number of seats', total: -3, weights: [1, 1], want: [0, 0] },
    { name: 'a claim without weight gets no seat', total: 3, weights: [0, 1], want: [0, 3] },
    { name: 'no claims', total: 3, weights: [], want: [] },
  ])('$name', ({ total, weights, want }) => {
    expect(seats(total, weights)).toEqual(want);
  });

  it.each([
    {
      name: 'a claim gets at most its maximum, others get the rest',
      total: 9,
      most: [2, 9],
      least: [0, 0],
      want: [2, 7],
    },
    { name: 'all maxima are met, and not exceeded', total: 9, most: [2, 3], least: [0, 0], want: [2, 3] },
    { name: 'minima come first', total: 4, most: [9, 9], least: [0, 3], want: [1, 3] },
    { name: 'the maximum limits the minimum', total: 4, most: [9, 1], least: [0, 3], want: [3, 1] },
    { name: 'too few seats for all minima: by order', total: 3, most: [9, 9], least: [2, 2], want: [2, 1] },
  ])('$name', ({ total, most, least, want }) => {
    expect(seats(total, [1, 1], { most, least })).toEqual(want);
  });
});
