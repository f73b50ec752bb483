/**
 * How far forecasts were off, and what follows for the next one. A forecast's residual is the logarithm of (time it really
 * took ÷ time that was forecast). The interval is split-conformal: it reaches as far as the residuals did in four of
 * five cases, so what it states is what it keeps (Vovk et al. 2005; Lei et al. 2018). Before there are any, it is as wide as a
 * prior says, which fades as real ones come.
 */

export interface Calibration {
  /** Multiplies the time that is left; `low` and `high` bound it in four of five cases. */
  readonly centre: number;
  readonly low: number;
  readonly high: number;
  /** Past forecasts that it rests on. */
  readonly count: number;
}

/** Part of the actual times that lie between low and high. */
export const COVERAGE = 0.8;

/** The prior's residuals: off by a factor of 0.65 to 2, longer more often than shorter, for the unforeseen takes time. */
const PRIOR = [0.65, 0.75, 0.83, 0.9, 0.97, 1.03, 1.12, 1.25, 1.5, 2].map(Math.log);
/** One residual of the prior goes for so many real ones. */
const REAL_FOR_PRIOR = 2;
/** The centre is moved by what was learned only as far as it is learned: halfway by so many residuals. */
const HALFWAY = 20;
/** A forecast made at about the same part of a budget is off by about the same. */
const NEAR = 0.13;

/** What a forecast was off by. */
export interface Residual {
  /** Part of the budget that was used when it was made. */
  readonly asked: number;
  /** Logarithm of (time it took ÷ time that was forecast). */
  readonly off: number;
}

function quantile(sorted: readonly number[], part: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, part * (sorted.length + 1) - 1));
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** For a forecast made when `asked` of the budget is used, from the residuals of past ones in any order. */
export function calibrate(past: readonly Residual[], asked: number): Calibration {
  const near = past.filter((one) => Math.abs(one.asked - asked) <= NEAR).map(({ off }) => off);
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
