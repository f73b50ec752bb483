/** Both sides of an audit: usage in transcripts, and reported usage in the history and the budgets. */

import { leasesOfAgent } from '../core/budget/lease-agents.ts';
import { budgetKey } from '../core/model/budget.ts';
import type { Instant } from '../core/model/instants.ts';
import { amountIn } from '../core/model/published.ts';
import { textIn } from '../core/model/record.ts';
import type { OwnerName } from '../core/usage/attribution.ts';
import { AUDITED, type Audited, auditOf, type Reported } from '../core/usage/audit.ts';
import { observed, Payers } from '../core/usage/observed.ts';
import { bookOf } from '../core/usage/pricing.ts';
import type { Owner } from '../core/usage/response.ts';
import type { HistoryReader } from '../ports/history.ts';
import type { Prices } from '../ports/prices.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Transcripts } from '../ports/transcripts.ts';

/** Reports and transcripts are written a moment after the usage. */
const GRACE_MS = 10_000;

/** Reported usage of an agent. Usage before `from` is not audited, because the agent had no budget yet. */
type ReportTotals = Reported & { tokens: number; costMicroUsd: number; from: number };

/** Reported usage since then, by budget key; includes agents with a budget and no report. */
function reports({ state }: Snapshot, history: HistoryReader, since: Instant): Map<string, ReportTotals> {
  const totals = new Map<string, ReportTotals>();
  const begin = (agent: string): ReportTotals => {
    const known = totals.get(budgetKey(agent));
    if (known !== undefined) return known;
    const added = { agent, tokens: 0, costMicroUsd: 0, limited: new Set<Audited>(), from: since };
    totals.set(budgetKey(agent), added);
    return added;
  };
  const firstAt = new Map<string, Instant>();
  history.each({ since, kinds: new Set(['usage']) }, (record) => {
    const agent = textIn(record, 'agent');
    if (agent === null) return;
    const one = begin(agent);
    if (!firstAt.has(budgetKey(agent))) firstAt.set(budgetKey(agent), record.at);
    for (const dimension of AUDITED) one[dimension] += amountIn(record, dimension);
  });
  for (const { agent, allocated, allocatedAt, consumed, window } of state.budgets.agents) {
    const one = begin(agent);
    const limited = new Set(AUDITED.filter((dimension) => allocated[dimension] !== null));
    const firstReport = firstAt.get(budgetKey(agent)) ?? allocatedAt;
    // A budget younger than `since` counts all reports, even if the history has lost some.
    const books = allocatedAt >= since && window === null ? consumed : one;
    totals.set(budgetKey(agent), {
      agent,
      tokens: Math.max(one.tokens, books.tokens),
      costMicroUsd: Math.max(one.costMicroUsd, books.costMicroUsd),
      limited,
      // The first report may create an unlimited budget after the usage, so the whole span is audited.
      from: limited.size === 0 ? since : Math.max(since, Math.min(allocatedAt, firstReport) - GRACE_MS),
    });
  }
  return totals;
}

/** Audits every agent of either side, sorted by name. Usage of the last ten seconds is left to the next audit. */
export function audit(
  snapshot: Snapshot,
  history: HistoryReader,
  transcripts: Transcripts,
  prices: Prices,
  since: Instant,
) {
  const { state, environment } = snapshot;
  const { audit: settings, claude } = environment.settings;
  const reading = transcripts.read();
  transcripts.keep();
  const until = (environment.now - GRACE_MS) as Instant;
  const reported = reports(snapshot, history, since);
  const nameOf = (owner: Owner): OwnerName => transcripts.nameOf(owner, claude.projects);
  const isKnown = (agent: string): boolean =>
    reported.has(budgetKey(agent)) || leasesOfAgent(state.leases, agent).length > 0;
  const from = (key: string): number => reported.get(key)?.from ?? since;
  const payers = new Payers(transcripts.ledger.owners(), nameOf, isKnown);
  const book = bookOf(environment.settings.prices, prices.kept());
  const seen = observed(transcripts.ledger.entries(), payers, from, until, book);
  const agents = [...new Set([...reported.keys(), ...seen.keys()])].map((key) =>
    auditOf(seen.get(key) ?? null, reported.get(key) ?? null, settings),
  );
  agents.sort((a, b) => (a.agent.toLowerCase() < b.agent.toLowerCase() ? -1 : 1));
  return { agents, reading, since, until };
}
