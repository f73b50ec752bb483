/**
 * Jain's fairness index over x = served ÷ entitled (DEC-TR-301, 1984): 1 if all x are equal, 1/n if one of n got
 * everything. It has no unit and does not change with scale. Null without any service.
 */
export function jain(parts: readonly number[]): number | null {
  const sum = parts.reduce((total, part) => total + part, 0);
  const squares = parts.reduce((total, part) => total + part * part, 0);
  return parts.length === 0 || squares === 0 ? null : (sum * sum) / (parts.length * squares);
}

/**
 * The seed's measure `1 − variance ÷ mean`, here on shares of a whole. It depends on the unit: tokens and thousands of
 * tokens give different results. On shares it shows less than Jain's index of the same numbers.
 */
export function oneMinusVarianceByMean(shares: readonly number[]): number | null {
  if (shares.length === 0) return null;
  const mean = shares.reduce((total, share) => total + share, 0) / shares.length;
  if (mean === 0) return null;
  const variance = shares.reduce((total, share) => total + (share - mean) ** 2, 0) / shares.length;
  return 1 - variance / mean;
}
