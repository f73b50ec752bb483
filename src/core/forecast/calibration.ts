/**
 * Corrects forecasts by the errors of past ones. A residual is the logarithm of (actual time ÷ forecast time). The interval
 * is split-conformal: it reaches as far as four of five residuals, so it keeps the coverage that it states (Vovk et al.
 * 2005; Lei et al. 2018). A prior replaces missing residuals and fades as real ones arrive.
 */
export interface Calibration {
  /** Factors on the remaining time; `low` and `high` bound it in four of five cases. */
  readonly centre: number;
  readonly low: number;
  readonly high: number;
  /** Number of past forecasts behind it. */
  readonly count: number;
}

/** Share of actual times that lie between `low` and `high`. */
export const COVERAGE = 0.8;

/** Residuals of the prior: factors of 0.65 to 2, which reach further up than down, since unforeseen work takes time. */
const PRIOR = [0.65, 0.75, 0.83, 0.9, 0.97, 1.03, 1.12, 1.25, 1.5, 2].map(Math.log);
/** Real residuals that replace one residual of the prior. */
const REAL_FOR_PRIOR = 2;
/** Number of residuals at which the centre moves half as far as their median. */
const HALFWAY = 20;
/** Largest distance between comparable shares: forecasts at similar shares have similar errors. */
const NEAR = 0.13;

/** Error of a past forecast. */
export interface Residual {
  /** Share of the budget used when the forecast was made. */
  readonly asked: number;
  /** Logarithm of (actual time ÷ forecast time). */
  readonly off: number;
}

function quantile(sorted: readonly number[], part: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, part * (sorted.length + 1) - 1));
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Calibrates a forecast made at the share `asked`, from past residuals in any order. */
export function calibrate(past: readonly Residual[], asked: number): Calibration {
  const near = past.filter((residual) => Math.abs(residual.asked - asked) <= NEAR).map(({ off }) => off);
  const kept = Math.max(0, PRIOR.length - Math.floor(near.length / REAL_FOR_PRIOR));
  const prior = PRIOR.filter(
    (_, at) => Math.floor(((at + 1) * kept) / PRIOR.length) > Math.floor((at * kept) / PRIOR.length),
  );
  const sorted = [...near, ...prior].sort((a, b) => a - b);
  const side = (1 - COVERAGE) / 2;
  return {
    centre: Math.exp((quantile(sorted, 0.5) * near.length) / (near.length + HALFWAY)),
    low: Math.exp(quantile(sorted, side)),
    high: Math.exp(quantile(sorted, 1 - side)),
    count: near.length,
  };
}
