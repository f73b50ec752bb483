/**
 * Whether what was given out was given out fairly. Jain's index over x = served ÷ entitled (DEC-TR-301, 1984): 1 when all
 * got the same part of what was theirs, 1/n when one of n got everything; it has no unit and does not change with scale.
 */
export function jain(parts: readonly number[]): number | null {
  const sum = parts.reduce((total, part) => total + part, 0);
  const squares = parts.reduce((total, part) => total + part * part, 0);
  return parts.length === 0 || squares === 0 ? null : (sum * sum) / (parts.length * squares);
}

/**
 * `1 − variance ÷ mean`, as the seed measures it, on shares of a whole. It has the unit of what it is fed, so tokens
 * and thousands of tokens give different answers; on shares it says less than Jain's index does of the same numbers.
 */
export function oneMinusVarianceByMean(shares: readonly number[]): number | null {
  if (shares.length === 0) return null;
  const mean = shares.reduce((total, share) => total + share, 0) / shares.length;
  if (mean === 0) return null;
  const variance = shares.reduce((total, share) => total + (share - mean) ** 2, 0) / shares.length;
  return 1 - variance / mean;
}
