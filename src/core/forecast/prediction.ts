/** Predicts for each limited dimension of a budget when it is used up, and whether it is enough. */
import { limitOf, type Totals } from '../budget/totals.ts';
import { type AgentBudget, DIMENSIONS, type Dimension } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';
import { calibrate } from './calibration.ts';
import { type Course, courseOf, type Forecast, forecast } from './forecast.ts';
import { spendOver } from './growth.ts';
import type { TrackRecord } from './track-record.ts';

/** Lowest progress from which usage is projected, in percent. */
const PROGRESS_FROM = 5;

export interface Prediction {
  readonly dimension: Dimension;
  /** Remaining amount; below 0 after an overrun. */
  readonly left: number;
  readonly share: number;
  /** Null if there are too few reports. */
  readonly forecast: Forecast | null;
  /** Expected further usage until the work is done, by progress, else until the window is renewed; null if unknown. */
  readonly needs: number | null;
  readonly willExceed: boolean | null;
  /** First call behind the forecast, number of calls, and number of past forecasts behind the interval. */
  readonly startedAt: Instant | null;
  readonly calls: number;
  readonly taught: number;
}

/** Calls until the work is done, else until the window is renewed; null if neither is known. */
function callsToCome(
  { window }: AgentBudget,
  progress: number | null,
  course: Course,
  calls: number,
  now: Instant,
): number | null {
  if (progress !== null && progress >= PROGRESS_FROM) return (calls * (100 - progress)) / progress;
  return window === null ? null : Math.max(0, window.endsAt - now) / course.perCallMs;
}

function predict(agent: AgentBudget, dimension: Dimension, most: number, track: TrackRecord, now: Instant): Prediction {
  const consumed = agent.consumed[dimension];
  const left = most - consumed;
  const share = most > 0 ? consumed / most : 1;
  const spends = track.spends(agent.agent, dimension);
  const course = courseOf(spends);
  const calibration = calibrate(track.residuals(dimension), share);
  const base = {
    dimension,
    left,
    share,
    startedAt: spends[0]?.at ?? null,
    calls: spends.length,
    taught: calibration.count,
  };
  if (course === null) return { ...base, forecast: null, needs: null, willExceed: left <= 0 ? true : null };
  const toCome = callsToCome(agent, track.progress(agent.agent), course, spends.length, now);
  const needs = toCome === null ? null : Math.ceil(spendOver(course.growth, toCome));
  return {
    ...base,
    forecast: forecast(course, Math.max(0, left), now, calibration),
    needs,
    willExceed: left <= 0 ? true : needs === null ? null : needs > left,
  };
}

/** One prediction per limited dimension, earliest exhaustion first. */
export function predictions(agent: AgentBudget, totals: Totals, track: TrackRecord, now: Instant): Prediction[] {
  const limit = limitOf(agent, totals);
  const found = DIMENSIONS.flatMap((dimension) => {
    const most = limit[dimension];
    return most === null ? [] : [predict(agent, dimension, most, track, now)];
  });
  const end = ({ forecast: made }: Prediction): number => made?.exhaustsAt ?? Number.POSITIVE_INFINITY;
  return found.sort((a, b) => end(a) - end(b) || b.share - a.share);
}
