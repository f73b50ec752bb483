/**
 * Collects each agent's spending and past forecasts from the history, run by run, and judges those forecasts. One pass in
 * order with bounded data per agent, so a long history needs no more memory than the agents in it.
 */
import { budgetKey, DIMENSIONS, type Dimension } from '../model/budget.ts';
import type { Instant } from '../model/instants.ts';
import { amountIn, dimensionNamed, usageIn } from '../model/published.ts';
import { type KeptRecord, numberIn, textIn } from '../model/record.ts';
import { residualsOf, TOLERANCE } from './backtest.ts';
import type { Residual } from './calibration.ts';
import { RUN_KINDS, RunStarts } from './run-starts.ts';
import type { Spend } from './spend.ts';

/** Kinds of records that a track record uses. */
export const FORECAST_KINDS: ReadonlySet<string> = new Set([...RUN_KINDS, 'forecast']);

/** Latest calls that are kept per run and dimension. */
const MOST_SPENDS = 600;
/** Fewest calls of a run whose residuals count. */
const FEWEST_TAUGHT = 12;
/** Runs whose residuals count; the latest ones do. */
const MOST_TAUGHT = 100;

/** A forecast that is not judged yet. */
interface Pending {
  readonly dimension: Dimension;
  readonly startedAt: Instant;
  readonly exhaustsAt: Instant;
  readonly low: Instant;
  readonly high: Instant;
  left: number;
}

export interface Score {
  /** Forecasts that were made, and those of them whose amount is spent. */
  readonly made: number;
  readonly judged: number;
  /** Shares of the judged forecasts within `TOLERANCE` and within their interval; null if none is judged. */
  readonly right: number | null;
  readonly covered: number | null;
}

interface Tally {
  made: number;
  judged: number;
  right: number;
  covered: number;
}

/** The present run of an agent. */
interface RunTrack {
  readonly spends: Record<Dimension, Spend[]>;
  readonly pending: Pending[];
  /** Share of the budget used at the latest forecast. */
  readonly asked: Partial<Record<Dimension, number>>;
}

interface AgentTrack {
  run: RunTrack;
  readonly tally: Tally;
}

const newRun = (): RunTrack => ({ spends: { tokens: [], timeMs: [], costMicroUsd: [] }, pending: [], asked: {} });
const lastOf = (spends: readonly Spend[]): number => spends.at(-1)?.at ?? 0;

/** The `MOST_TAUGHT` runs with the latest last call. */
const latest = (runs: readonly (readonly Spend[])[]): (readonly Spend[])[] =>
  [...runs].sort((a, b) => lastOf(b) - lastOf(a)).slice(0, MOST_TAUGHT);

const scoreOf = ({ made, judged, right, covered }: Tally): Score => ({
  made,
  judged,
  right: judged === 0 ? null : right / judged,
  covered: judged === 0 ? null : covered / judged,
});

export class TrackRecord {
  readonly #agents = new Map<string, AgentTrack>();
  readonly #starts = new RunStarts();
  /** Runs that are over. */
  readonly #past: Record<Dimension, (readonly Spend[])[]> = { tokens: [], timeMs: [], costMicroUsd: [] };
  readonly #since: Instant;

  /** Forecasts made before `since` are not judged. */
  constructor(since: Instant = 0 as Instant) {
    this.#since = since;
  }

  take(record: KeptRecord): void {
    for (const key of this.#starts.take(record)) this.#begin(key);
    const name = textIn(record, 'agent');
    if (name === null) return;
    if (record.kind === 'usage') this.#spend(this.#agent(name), record);
    if (record.kind === 'forecast' && record.at >= this.#since) this.#addForecast(this.#agent(name), record);
  }

  /** The agent's spending in its present run in a dimension, latest call last. */
  spends(agent: string, dimension: Dimension): readonly Spend[] {
    return this.#agents.get(budgetKey(agent))?.run.spends[dimension] ?? [];
  }

  /** Last progress of the agent's present run, in percent; null before one was reported. */
  progress(agent: string): number | null {
    return this.#starts.progress(agent);
  }

  /** Residuals of forecasts of the runs in the history, in this dimension. */
  residuals(dimension: Dimension): Residual[] {
    const present = [...this.#agents.values()].map(({ run }) => run.spends[dimension]);
    const taught = present.filter(({ length }) => length >= FEWEST_TAUGHT);
    return latest([...this.#past[dimension], ...taught]).flatMap(residualsOf);
  }

  /** Share of the agent's budget used at the latest forecast of its present run; null without one. */
  lastAsked(agent: string, dimension: Dimension): number | null {
    return this.#agents.get(budgetKey(agent))?.run.asked[dimension] ?? null;
  }

  /** Score of one agent's forecasts, or of all forecasts. */
  score(agent: string | null): Score {
    const agents = agent === null ? [...this.#agents.values()] : [this.#agents.get(budgetKey(agent))];
    const total: Tally = { made: 0, judged: 0, right: 0, covered: 0 };
    for (const counted of agents)
      for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += counted?.tally[key] ?? 0;
    return scoreOf(total);
  }

  #agent(name: string): AgentTrack {
    const key = budgetKey(name);
    const present = this.#agents.get(key);
    if (present) return present;
    const agent: AgentTrack = { run: newRun(), tally: { made: 0, judged: 0, right: 0, covered: 0 } };
    this.#agents.set(key, agent);
    return agent;
  }

  /** Begins a new run; forecasts of the one before are never judged. */
  #begin(key: string): void {
    const agent = this.#agents.get(key);
    if (agent === undefined) return;
    for (const dimension of DIMENSIONS) {
      const past = this.#past[dimension];
      if (agent.run.spends[dimension].length >= FEWEST_TAUGHT) past.push(agent.run.spends[dimension]);
      if (past.length > 2 * MOST_TAUGHT) this.#past[dimension] = latest(past);
    }
    agent.run = newRun();
  }

  #spend(agent: AgentTrack, record: KeptRecord): void {
    const used = usageIn(record);
    for (const dimension of DIMENSIONS) {
      const amount = used[dimension];
      if (amount <= 0) continue;
      const spends = agent.run.spends[dimension];
      spends.push({ at: record.at, amount });
      if (spends.length > 2 * MOST_SPENDS) spends.splice(0, spends.length - MOST_SPENDS);
      this.#judge(agent, dimension, amount, record.at);
    }
  }

  #judge(agent: AgentTrack, dimension: Dimension, amount: number, at: Instant): void {
    const { pending: all } = agent.run;
    for (const pending of all) {
      if (pending.dimension !== dimension) continue;
      pending.left -= amount;
      if (pending.left > 0) continue;
      const { startedAt, exhaustsAt, low, high } = pending;
      agent.tally.judged += 1;
      if (Math.abs(exhaustsAt - at) <= TOLERANCE * (at - startedAt)) agent.tally.right += 1;
      if (low <= at && at <= high) agent.tally.covered += 1;
    }
    for (const over of all.filter(({ left }) => left <= 0)) all.splice(all.indexOf(over), 1);
  }

  #addForecast(agent: AgentTrack, record: KeptRecord): void {
    const dimension = dimensionNamed(textIn(record, 'dimension'));
    if (dimension === undefined) return;
    const at = (key: string): Instant => Date.parse(textIn(record, key) ?? '') as Instant;
    const pending = {
      startedAt: at('started_at'),
      exhaustsAt: at('exhausts_at'),
      low: at('low'),
      high: at('high'),
      left: amountIn(record, dimension, 'left'),
    };
    if (pending.left <= 0 || Object.values(pending).some(Number.isNaN)) return;
    agent.run.asked[dimension] = numberIn(record, 'asked') ?? 0;
    agent.tally.made += 1;
    agent.run.pending.push({ dimension, ...pending });
  }
}
