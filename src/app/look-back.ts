/** Reads the state and sums up a span of the history, for reports and forecasts. */

import type { Environment } from '../core/environment.ts';
import { FORECAST_KINDS, TrackRecord } from '../core/forecast/track-record.ts';
import { type AgentBudget, budgetKey } from '../core/model/budget.ts';
import { type Instant, WEEK_MS } from '../core/model/instants.ts';
import type { KeptRecord } from '../core/model/record.ts';
import type { State } from '../core/model/state.ts';
import { REPORT_KINDS, Tally } from '../core/report/tally.ts';
import type { HistoryReader } from '../ports/history.ts';
import type { Store } from '../ports/store.ts';

export interface LookedBack {
  readonly state: State;
  readonly environment: Environment;
  readonly since: Instant;
  readonly until: Instant;
  readonly tally: Tally;
  readonly track: TrackRecord;
  /** Agents, by key, that have not reported for `budget.idle_after`. */
  readonly idle: ReadonlySet<string>;
}

/** Older runs predict present ones badly. */
const LEARN_FROM_MS = WEEK_MS;

/** The track record of these agents since their budgets began, and of all agents in the last week. */
export function trackRecordOf(reader: HistoryReader, agents: readonly AgentBudget[], now: Instant): TrackRecord {
  const track = new TrackRecord();
  const since = Math.min(now - LEARN_FROM_MS, ...agents.map(({ allocatedAt }) => allocatedAt)) as Instant;
  reader.each({ since, kinds: FORECAST_KINDS }, (record) => track.take(record));
  return track;
}

const WANTED: ReadonlySet<string> = new Set([...REPORT_KINDS, ...FORECAST_KINDS]);

/** Another consumer of the same pass. */
export type AlsoLooking = (span: Pick<LookedBack, 'state' | 'since' | 'until'>) => (record: KeptRecord) => void;

/** One pass over the history. Older records show which leases were held at `since`. */
export async function lookBack(
  store: Store,
  reader: HistoryReader,
  sinceOf: (now: Instant) => Instant,
  also?: AlsoLooking,
): Promise<LookedBack> {
  const { state, environment } = await store.read();
  const until = environment.now;
  const since = sinceOf(until);
  const tally = new Tally(environment.settings, state.maxSlots, { since, until });
  const track = new TrackRecord(since);
  const show = also?.({ state, since, until });
  reader.each({ until, kinds: WANTED }, (record) => {
    tally.take(record);
    show?.(record);
    track.take(record);
  });
  tally.close();
  const { idleAfterMs } = environment.settings.budget;
  const idle = state.budgets.agents
    .filter(({ reportedAt, allocatedAt }) => until - (reportedAt ?? allocatedAt) >= idleAfterMs)
    .map(({ agent }) => budgetKey(agent));
  return { state, environment, since, until, tally, track, idle: new Set(idle) };
}
