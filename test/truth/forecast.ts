/** Every figure of `forecast AGENT`, by docs/reference/figures.md. */
import type { Event, Files, Raw } from './files.ts';
import { iso, round } from './forms.ts';
import type { Dimension } from './present.ts';
import { DIMENSIONS, IN_JSON, limitOf, presentOf, same, shareOf, sum, UNIT } from './present.ts';
import { allRuns, presentRun, progressOf, runsOf } from './runs.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const LONG_GAP = 5 * MINUTE;
const LEAST_CALLS = 4;

interface Call {
  readonly at: number;
  readonly amount: number;
}

/** Key of a usage record that has the dimension, and what one of its units is in ours. */
const KEY = { tokens: 'tokens', time_ms: 'time_seconds', cost_micro_usd: 'cost' } as const;

const callsIn = (usage: readonly Event[], dimension: Dimension): Call[] =>
  usage
    .map((event) => ({ at: event.at, amount: Math.round((event[KEY[dimension]] ?? 0) * UNIT[dimension]) }))
    .filter(({ amount }) => amount > 0);

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** How much the medians of the 5 calls before `at` and from it on differ, as a factor of 1 or more. */
function difference(costs: readonly number[], at: number): number {
  if (at < 5 || at + 5 > costs.length) return 1;
  const [before, after] = [median(costs.slice(at - 5, at)), median(costs.slice(at, at + 5))];
  return Math.max(before / after, after / before);
}

/** The number of the call at which the costs last changed; 0 without a break. */
function breakIn(costs: readonly number[]): number {
  for (let at = costs.length - 1; at > 0; at -= 1) {
    if (difference(costs, at) < 2) continue;
    let found = at;
    for (let before = at - 1; before >= at - 5; before -= 1) {
      if (difference(costs, before) > difference(costs, found)) found = before;
    }
    return found;
  }
  return 0;
}

function slopeOf(costs: readonly number[]): number {
  const step = costs.length > 100 ? Math.ceil(costs.length / 100) : 1;
  const picked = costs.map((cost, at) => ({ cost, at })).filter(({ at }) => at % step === 0);
  const slopes = picked.flatMap((one, n) =>
    picked.slice(n + 1).map((other) => (other.cost - one.cost) / (other.at - one.at)),
  );
  return slopes.length === 0 ? 0 : Math.max(0, median(slopes));
}

interface Growth {
  readonly level: number;
  readonly slope: number;
  /** Costs climb to `peak`, and are `after` from there on; null when they grow on. */
  readonly saw: { readonly peak: number; readonly after: number } | null;
}

function growthOf(costs: readonly number[]): Growth {
  const begin = breakIn(costs);
  const since = costs.slice(begin);
  const slope = slopeOf(since.length < 10 && begin > 0 ? costs.slice(0, begin) : since);
  const last = since.slice(-20);
  const level = sum(last) / last.length + (slope * (last.length - 1)) / 2;
  const before = costs.slice(Math.max(0, begin - 5), begin);
  const peak = Math.max(0, ...before);
  const fell = begin > 0 && median(costs.slice(begin, begin + 5)) < median(before);
  const saw = fell && slope > 0 && level < peak ? { peak, after: (peak + (since[0] as number)) / 2 } : null;
  return { level, slope, saw };
}

/** The cost of the next `count` calls. */
function costOf({ level, slope, saw }: Growth, count: number): number {
  const line = (calls: number): number => level * calls + (slope * calls * (calls + 1)) / 2;
  if (saw === null) return line(count);
  const climb = (saw.peak - level) / slope;
  return count <= climb ? line(count) : (climb * (level + saw.peak)) / 2 + (count - climb) * saw.after;
}

/** The number of calls whose cost is `left`. */
function callsFor(growth: Growth, left: number): number {
  if (left <= 0) return 0;
  let [low, high] = [0, 1];
  while (costOf(growth, high) < left) high *= 2;
  for (let round_ = 0; round_ < 200; round_ += 1) {
    const middle = (low + high) / 2;
    if (costOf(growth, middle) < left) low = middle;
    else high = middle;
  }
  return high;
}

/** The time of a call in milliseconds. */
function timeOfCall(calls: readonly Call[]): number {
  const all = calls.slice(1).map(({ at }, before) => at - (calls[before] as Call).at);
  const gaps = all.filter((gap) => gap <= LONG_GAP);
  if (gaps.length === 0) return 0;
  const [usual, recent] = [median(gaps), median(gaps.slice(-8))];
  const cap = 3 * (recent > 2 * usual ? recent : usual);
  const weights = gaps.map((_, at) => at + 1);
  const gap = sum(gaps.map((length, at) => Math.min(length, cap) * (at + 1))) / sum(weights);
  const longer = all.length - gaps.length;
  const span = (calls.at(-1) as Call).at - (calls[0] as Call).at;
  const idle = Math.max(1, span / (sum(gaps) + gap * longer));
  return 1.3 * gap * idle;
}

/** The moment in which the calls have spent `left` more. */
function exhaustion(calls: readonly Call[], left: number): { readonly calls: number; readonly ms: number } {
  const count = callsFor(growthOf(calls.map(({ amount }) => amount)), left);
  return { calls: count, ms: count * timeOfCall(calls) };
}

const PRIOR = [0.65, 0.75, 0.83, 0.9, 0.97, 1.03, 1.12, 1.25, 1.5, 2];

/** The errors of the recorded runs, ln(real time ÷ forecast time), near a share. */
function errorsNear(files: Files, dimension: Dimension, share: number): number[] {
  const runs = allRuns(files.events)
    .map(({ usage }) => callsIn(usage, dimension))
    .filter((calls) => calls.length >= 12)
    .sort((one, other) => (other.at(-1) as Call).at - (one.at(-1) as Call).at)
    .slice(0, 100);
  return runs.flatMap((calls) => {
    const total = sum(calls.map(({ amount }) => amount));
    return [0.25, 0.5, 0.75, 0.9].flatMap((asked) => {
      if (Math.abs(asked - share) > 0.13) return [];
      let spent = 0;
      const at = calls.findIndex(({ amount }) => {
        spent += amount;
        return spent >= asked * total;
      });
      const seen = calls.slice(0, at + 1);
      if (seen.length < LEAST_CALLS) return [];
      const { ms } = exhaustion(seen, total - spent);
      const real = (calls.at(-1) as Call).at - (seen.at(-1) as Call).at;
      return ms > 0 && real > 0 ? [Math.log(real / ms)] : [];
    });
  });
}

function quantileAt(sorted: readonly number[], q: number): number {
  const place = Math.min(sorted.length, Math.max(1, q * (sorted.length + 1)));
  const below = Math.floor(place);
  const [low, high] = [sorted[below - 1] as number, sorted[Math.min(sorted.length, below + 1) - 1] as number];
  return low + (high - low) * (place - below);
}

function factors(errors: readonly number[]) {
  const n = errors.length;
  const kept = Math.max(0, 10 - Math.floor(n / 2));
  const prior = PRIOR.filter((_, at) => Math.floor(((at + 1) * kept) / 10) > Math.floor((at * kept) / 10));
  const all = [...errors, ...prior.map(Math.log)].sort((one, other) => one - other);
  const [low, high] = [quantileAt(all, 0.1), quantileAt(all, 0.9)];
  const centre = n === 0 ? 1 : Math.exp((median(all) * n) / (n + 20));
  return { centre, low: Math.exp(low), high: Math.exp(high) };
}

function forecastIn(files: Files, budget: Raw, dimension: Dimension, limit: number) {
  const { now } = files;
  const unit = UNIT[dimension];
  const since = Math.min(now - 7 * DAY, Date.parse(budget.allocated_at));
  const run = presentRun(files.events, budget.agent);
  const calls = callsIn(
    run.usage.filter(({ at }) => at >= since),
    dimension,
  );
  const consumed = budget.consumed?.[dimension] ?? 0;
  const left = limit - consumed;
  const share = shareOf(consumed, limit);
  const base = {
    dimension: IN_JSON[dimension],
    /** Not rounded. */
    share_used: share,
    left: left / unit,
    calls_seen: calls.length,
  };
  const nothing = { exhausts_at: null, low: null, high: null, needs: null, calls_left: null };
  if (calls.length < LEAST_CALLS || timeOfCall(calls) === 0)
    return { ...base, ...nothing, will_exceed: left <= 0 ? true : null };
  const growth = growthOf(calls.map(({ amount }) => amount));
  const ahead = exhaustion(calls, left);
  const last = (calls.at(-1) as Call).at;
  const { centre, low, high } = factors(errorsNear(files, dimension, share));
  const moment = (factor: number): string => iso(Math.max(now, Math.round(last + ahead.ms * factor)));
  const progress = progressOf(run) ?? 0;
  const ends = budget.window == null ? null : Date.parse(budget.window.ends_at);
  const toCome =
    progress >= 5
      ? (calls.length * (100 - progress)) / progress
      : ends === null
        ? null
        : Math.max(0, ends - now) / timeOfCall(calls);
  const needs = toCome === null ? null : Math.ceil(costOf(growth, toCome));
  return {
    ...base,
    ...{ exhausts_at: moment(centre), low: moment(low), high: moment(high) },
    needs: needs === null ? null : needs / unit,
    will_exceed: left <= 0 ? true : needs === null ? null : needs > left,
    /** Not rounded. */
    calls_left: ahead.calls,
  };
}

interface Judged {
  readonly agent: string;
  readonly at: number;
  readonly isNear: boolean;
  readonly isInside: boolean;
}

/** The kept forecasts whose moment has come. */
export function judgedIn(events: readonly Event[]): Judged[] {
  return events.flatMap((made, at) => {
    if (made.kind !== 'forecast') return [];
    const dimension = DIMENSIONS.find((one) => IN_JSON[one] === made.dimension) as Dimension;
    let left = Math.round(made.left * UNIT[dimension]);
    // The run that was the present one when the forecast was made.
    const begun = runsOf(events.slice(0, at), made.agent).length;
    const run = runsOf(events, made.agent)[begun - 1];
    const end = run?.usage
      .filter((event) => events.indexOf(event) > at)
      .find((event) => {
        left -= Math.round((event[KEY[dimension]] ?? 0) * UNIT[dimension]);
        return left <= 0;
      });
    if (end === undefined) return [];
    const off = Math.abs(Date.parse(made.exhausts_at) - end.at);
    return [
      {
        agent: made.agent,
        at: made.at,
        isNear: off <= 0.1 * (end.at - Date.parse(made.started_at)),
        isInside: Date.parse(made.low) <= end.at && end.at <= Date.parse(made.high),
      },
    ];
  });
}

function scoreOf(events: readonly Event[], agent: string | null) {
  const isAbout = (name: string): boolean => agent === null || same(name, agent);
  const judged = judgedIn(events).filter((one) => isAbout(one.agent));
  const part = (count: number): number | null => (judged.length === 0 ? null : round(count / judged.length, 4));
  return {
    made: events.filter((event) => event.kind === 'forecast' && isAbout(event.agent)).length,
    judged: judged.length,
    within_10_percent: part(judged.filter(({ isNear }) => isNear).length),
    in_interval: part(judged.filter(({ isInside }) => isInside).length),
  };
}

export function forecastOf(files: Files, agent: string) {
  const present = presentOf(files);
  const budget = present.agents.find((one) => same(one.agent, agent));
  const dimensions = DIMENSIONS.flatMap((dimension) => {
    const limit = limitOf(present, budget, dimension);
    return limit === null ? [] : [forecastIn(files, budget, dimension, limit)];
  });
  return { dimensions, score: scoreOf(files.events, agent), score_of_all: scoreOf(files.events, null) };
}
