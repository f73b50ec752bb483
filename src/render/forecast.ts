/** Forecasts as JSON, as screens, and as records to be checked later. */

import type { BacktestPoint } from '../core/forecast/backtest.ts';
import { COVERAGE } from '../core/forecast/calibration.ts';
import type { Prediction } from '../core/forecast/prediction.ts';
import type { Score, TrackRecord } from '../core/forecast/track-record.ts';
import type { AgentBudget, Dimension } from '../core/model/budget.ts';
import type { Instant } from '../core/model/instants.ts';
import { PUBLISHED, published } from '../core/model/published.ts';
import type { HistoryRecord } from '../core/model/record.ts';
import type { Styles } from '../ports/styles.ts';
import { iso, round, rounded } from './json/json-values.ts';
import { amountText, DIMENSION_WORDS } from './text/amounts.ts';
import { plural } from './text/counts.ts';
import { durationWords } from './text/duration.ts';
import { mark } from './text/styles.ts';
import { table } from './text/table.ts';

const scoreJson = ({ made, judged, right, covered }: Score) => ({
  made,
  judged,
  within_10_percent: rounded(right),
  in_interval: rounded(covered),
});

function predictionJson({ dimension, left, share, forecast, needs, willExceed, calls }: Prediction) {
  return {
    dimension: PUBLISHED[dimension].name,
    share_used: round(share),
    left: published(dimension, left),
    exhausts_at: forecast === null ? null : iso(forecast.exhaustsAt),
    low: forecast === null ? null : iso(forecast.low),
    high: forecast === null ? null : iso(forecast.high),
    will_exceed: willExceed,
    needs: needs === null ? null : published(dimension, needs),
    calls_left: forecast === null ? null : Math.round(forecast.calls * 10) / 10,
    calls_seen: calls,
  };
}

type Method = 'growth-per-call' | 'too-few-reports' | 'unlimited';

export type ForecastJson = Readonly<ReturnType<typeof forecastJson>>;

/** The forecast of the dimension that runs out first, and of all with a limit. Amounts left are below 0 beyond a limit. */
export function forecastJson({ agent }: AgentBudget, predictions: readonly Prediction[], track: TrackRecord) {
  const dimensions = predictions.map(predictionJson);
  const [first] = dimensions;
  const method: Method =
    first === undefined ? 'unlimited' : first.exhausts_at === null ? 'too-few-reports' : 'growth-per-call';
  return {
    schema_version: 1 as const,
    agent,
    dimension: first?.dimension ?? null,
    exhausts_at: first?.exhausts_at ?? null,
    low: first?.low ?? null,
    high: first?.high ?? null,
    will_exceed: dimensions.some(({ will_exceed }) => will_exceed) ? true : (first?.will_exceed ?? null),
    needs: first?.needs ?? null,
    method,
    interval_coverage: COVERAGE,
    score: scoreJson(track.score(agent)),
    score_of_all: scoreJson(track.score(null)),
    dimensions,
  };
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
const seconds = (from: Instant, to: Instant): number => Math.max(0, (to - from) / 1000);

/** The span from `low` to `high` seconds; a shared unit is written once: `9 and 21 minutes`. */
function span(low: number, high: number): string {
  const [from, to] = [durationWords(low), durationWords(high)];
  const [, count, unit] = /^(\d+) (\w+?)s?$/.exec(from) ?? [];
  return count !== undefined && new RegExp(`^\\d+ ${unit}s$`).test(to) ? `${count} and ${to}` : `${from} and ${to}`;
}

/** The amount with two significant digits, since an estimate has no more. */
function roughly(dimension: Dimension, amount: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, amount))) - 1);
  return amountText(dimension, Math.round(amount / unit) * unit);
}

/** Shorter times pass before the screen is read. */
const SOON_S = 2;

function predictionLines({ dimension, left, share, forecast, needs, willExceed }: Prediction, now: Instant): string[] {
  const word = DIMENSION_WORDS[dimension];
  const used = `${percent(share)} used, ${left < 0 ? `${amountText(dimension, -left)} over` : `${amountText(dimension, left)} left`}`;
  if (left <= 0) return [`   ${word}: used up (${used})`];
  if (forecast === null) return [`   ${word}: ${used}; too few reports for a forecast`];
  const { exhaustsAt, low, high, calls } = forecast;
  const callsLeft = Math.max(1, Math.round(calls));
  const after = `after ${plural(callsLeft, 'more call')} (${used})`;
  const isNow = seconds(now, high) < SOON_S;
  const lines = isNow
    ? [`   ${word}: used up any moment now, ${after}`]
    : [
        `   ${word}: used up in about ${durationWords(seconds(now, exhaustsAt))}, ${after}`,
        `      between ${span(seconds(now, low), seconds(now, high))} in ${percent(COVERAGE)} of cases`,
      ];
  if (needs !== null)
    lines.push(
      willExceed === true
        ? `      it will need about ${roughly(dimension, needs)} more, ${roughly(dimension, needs - left)} more than is left`
        : `      it will need about ${roughly(dimension, needs)} more, which is left`,
    );
  return lines;
}

function scoreLine(scope: string, { made, judged, right, covered }: Score): string {
  if (made === 0) return `${scope}: no forecasts yet`;
  const forecasts = plural(made, 'forecast');
  if (right === null || covered === null) return `${scope}: ${forecasts} made, none checked yet`;
  return `${scope}: ${forecasts} made, ${judged} checked, ${percent(right)} of them within 10%, ${percent(covered)} inside the interval`;
}

export function forecastText(
  { agent }: AgentBudget,
  predictions: readonly Prediction[],
  track: TrackRecord,
  now: Instant,
  styles: Styles,
): string {
  const progress = track.progress(agent);
  const head = `${mark(styles, '🔮', '')}${styles.bold(agent)}${progress === null ? '' : ` (${progress}% complete)`}`;
  if (predictions.length === 0) return `${head}\n   its budget has no limit, so it does not run out`;
  const errors = Math.max(...predictions.map((one) => one.taught));
  const notes = [
    errors === 0
      ? 'no past forecasts to learn from yet: the interval is wide'
      : `interval from the errors of ${plural(errors, 'past forecast')}`,
    scoreLine('this agent', track.score(agent)),
    scoreLine('all agents', track.score(null)),
  ];
  return [
    head,
    ...predictions.flatMap((one) => predictionLines(one, now)),
    ...notes.map((text) => styles.dim(`   ${text}`)),
  ].join('\n');
}

/** A new forecast is kept once the used share has changed by this much. */
const KEPT_EVERY = 0.05;

/** Records of the predictions worth keeping; they are checked once the amount that was left is used. */
export function forecastRecords(
  { agent, workflow }: AgentBudget,
  predictions: readonly Prediction[],
  track: TrackRecord,
): HistoryRecord[] {
  return predictions.flatMap(({ dimension, left, share, forecast, startedAt }) => {
    const last = track.lastAsked(agent, dimension);
    const isNew = last === null || Math.abs(share - last) >= KEPT_EVERY;
    if (forecast === null || startedAt === null || left <= 0 || !isNew) return [];
    return [
      {
        kind: 'forecast',
        agent,
        workflow,
        dimension: PUBLISHED[dimension].name,
        asked: round(share),
        left: published(dimension, left),
        started_at: iso(startedAt),
        exhausts_at: iso(forecast.exhaustsAt),
        low: iso(forecast.low),
        high: iso(forecast.high),
      },
    ];
  });
}

export interface Backtested {
  readonly dimension: Dimension;
  readonly points: readonly BacktestPoint[];
}

export function backtestJson(runs: number, tested: readonly Backtested[]) {
  const points = tested.flatMap(({ dimension, points: all }) =>
    all.map(({ asked, right, rightByMean, rightByLastTen, covered }) => ({
      dimension: PUBLISHED[dimension].name,
      budget_used: asked,
      within_10_percent: round(right),
      mean_rate_within_10_percent: round(rightByMean),
      last_ten_within_10_percent: round(rightByLastTen),
      in_interval: round(covered),
    })),
  );
  const covered = points.length === 0 ? null : points.reduce((sum, one) => sum + one.in_interval, 0) / points.length;
  return {
    schema_version: 1,
    runs,
    points,
    interval_stated: COVERAGE,
    interval_coverage: covered === null ? null : round(covered),
  };
}

export function backtestText(runs: number, tested: readonly Backtested[], styles: Styles): string {
  const head = [
    '',
    'budget used',
    'within 10%',
    'by mean rate',
    'by last ten calls',
    `in the ${percent(COVERAGE)} interval`,
  ];
  const rows = tested.flatMap(({ dimension, points }) =>
    points.map(({ asked, right, rightByMean, rightByLastTen, covered }, at) => [
      at === 0 ? DIMENSION_WORDS[dimension] : '',
      percent(asked),
      percent(right),
      percent(rightByMean),
      percent(rightByLastTen),
      percent(covered),
    ]),
  );
  return [
    `${styles.bold(plural(runs, 'recorded run'))}: share of runs with the time of exhaustion forecast within 10% of the`,
    'time since the start, asked when this part of the budget was used',
    '',
    ...table(head, rows, styles),
  ].join('\n');
}
