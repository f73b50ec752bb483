/** Dividing an amount into whole parts that add up to it exactly. */

/**
 * Parts in proportion to the weights, by the largest remainder; on a tie the earlier one gets more. All weights zero
 * gives everybody nothing.
 */
export function splitBy(amount: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (amount * weight) / sum);
  const parts = exact.map(Math.floor);
  let left = amount - parts.reduce((all, part) => all + part, 0);
  const order = exact
    .map((value, at) => ({ at, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.at - b.at);
  for (const { at } of order) {
    if (left <= 0) break;
    parts[at] = (parts[at] as number) + 1;
    left -= 1;
  }
  return parts;
}
