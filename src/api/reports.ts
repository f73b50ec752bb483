/** Reports, forecasts, efficiency and the history for programs. */

import { checkWorkflow, knownAgent } from '../app/budgets.ts';
import { lookBack, trackRecordOf } from '../app/look-back.ts';
import { totalsOf } from '../core/budget/totals.ts';
import { predictions } from '../core/forecast/prediction.ts';
import { type Instant, WEEK_MS } from '../core/model/instants.ts';
import type { HistoryRecord } from '../core/model/record.ts';
import { efficiencyOf, reportOf } from '../core/report/report.ts';
import type { HistoryReader } from '../ports/history.ts';
import type { Store } from '../ports/store.ts';
import { type EfficiencyJson, efficiencyJson } from '../render/efficiency.ts';
import { type ForecastJson, forecastJson, forecastRecords } from '../render/forecast.ts';
import { recordJson } from '../render/history/record.ts';
import { type ReportJson, reportJson } from '../render/json/report-json.ts';

export interface HistoryOptions {
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  readonly kinds?: readonly string[];
}

/** Every call may throw ExpectedError, with the `exit` of the command of the same name. */
export interface ReportManager {
  /** The use of slots and budgets since then (a week by default), compared with targets, and advice. */
  generateReport(workflow?: string, options?: { readonly since?: number }): Promise<ReportJson>;
  /** Forecasts when the agent's budget is used up, with an interval. The history keeps the forecast, to be judged later. */
  forecast(agent: string): Promise<ForecastJson>;
  getEfficiency(agent: string): Promise<EfficiencyJson>;
  /** Calls back with each record in order, in bounded memory. */
  readHistory(take: (record: Readonly<Record<string, unknown>>) => void, options?: HistoryOptions): void;
}

export interface ReportPorts {
  readonly store: Store;
  readonly reader: HistoryReader;
  readonly keep: (records: readonly HistoryRecord[]) => Promise<void>;
}

/** Reports, forecasts and the history of one state. */
export function reportOperations({ store, reader, keep }: ReportPorts): ReportManager {
  return {
    async generateReport(workflow, options = {}) {
      const sinceOf = (now: Instant): Instant => (options.since ?? now - WEEK_MS) as Instant;
      const { state, environment, since, until, tally, track, idle } = await lookBack(store, reader, sinceOf);
      const settings = environment.settings.budget;
      if (workflow !== undefined) checkWorkflow(workflow, state, tally);
      const report = reportOf({ state, settings, workflow: workflow ?? null, tally, score: track.score(null), idle });
      return reportJson(report, since, until);
    },
    async forecast(agent) {
      const snapshot = await store.read();
      const budget = knownAgent(snapshot, agent);
      const { now } = snapshot.environment;
      const track = trackRecordOf(reader, [budget], now);
      const found = predictions(budget, totalsOf(snapshot.state.budgets, budget.workflow), track, now);
      await keep(forecastRecords(budget, found, track));
      return forecastJson(budget, found, track);
    },
    async getEfficiency(agent) {
      const seen = await lookBack(store, reader, () => 0 as Instant);
      return efficiencyJson(efficiencyOf(knownAgent(seen, agent), seen.tally));
    },
    readHistory(take, { since, until, kinds } = {}) {
      reader.each(
        {
          since: (since ?? null) as Instant | null,
          until: (until ?? null) as Instant | null,
          kinds: kinds === undefined ? null : new Set(kinds),
        },
        (record) => take(recordJson(record)),
      );
    },
  };
}
