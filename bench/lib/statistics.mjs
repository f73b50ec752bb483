/** Medians, percentiles and ratios of samples, with their uncertainty. */

const sorted = (samples) => Float64Array.from(samples).sort();

function quantile(ordered, part) {
  const at = part * (ordered.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (ordered[above] - ordered[below]) * (at - below);
}

export const median = (samples) => quantile(sorted(samples), 0.5);
export const p95 = (samples) => quantile(sorted(samples), 0.95);

const RESAMPLES = 1000;

const resampled = (samples) => samples.map(() => samples[Math.floor(Math.random() * samples.length)]);

/** Ratio of the medians, with the range of 95% of the bootstrap resamples. */
export function ratio(samples, peer) {
  const ratios = Array.from({ length: RESAMPLES }, () => median(resampled(samples)) / median(resampled(peer)));
  const ordered = sorted(ratios);
  return {
    value: median(samples) / median(peer),
    low: quantile(ordered, 0.025),
    high: quantile(ordered, 0.975),
  };
}
