/**
 * What of the transcripts is still to be counted into the budgets. Of each budget it is remembered how much of what its
 * agent used since it began has been counted; the rest is new, be it a response or the growth of a streamed one.
 */

import type { AgentBudget } from '../model/budget.ts';
import { budgetKey } from '../model/budget.ts';
import { DAY_MS } from '../model/instants.ts';
import type { Entry } from './ledger.ts';
import type { Amount, Payers } from './observed.ts';
import { amountOf, NO_AMOUNT, sum } from './observed.ts';

/** Responses are known for twice as long. */
const COUNT_MS = 30 * DAY_MS;

export interface Counted extends Amount {
  readonly agent: string;
  /** When its budget or the window of it began: with another one, counting begins anew. */
  readonly begunAt: number;
  /** What was used before this is not in the amounts any more, or never was. */
  readonly from: number;
  /** Said before it is done, so that whoever finds it can do it again under the same id, which counts it once. */
  readonly pending: (Amount & { readonly id: string }) | null;
}

export const begunAt = ({ allocatedAt, window }: AgentBudget): number => Math.max(allocatedAt, window?.startedAt ?? 0);

/** The same id for whoever counts on from the same amounts, so that two never both do. */
const idOf = ({ begunAt: at, tokens, costMicroUsd }: Counted): string => `transcripts ${at} ${tokens} ${costMicroUsd}`;

const less = (a: Amount, b: Amount): Amount => ({
  tokens: Math.max(0, a.tokens - b.tokens),
  costMicroUsd: Math.max(0, a.costMicroUsd - b.costMicroUsd),
});

/** What was counted, with what was pending done. */
export const folded = (counted: Counted): Counted =>
  counted.pending === null ? counted : { ...counted, ...sum(counted, counted.pending), pending: null };

/** For each of these budgets what was counted and, as pending, what is to be counted now. Nothing may be pending before. */
export function countingPlan(
  entries: Iterable<Entry>,
  payers: Payers,
  agents: readonly AgentBudget[],
  counted: ReadonlyMap<string, Counted>,
  now: number,
): Counted[] {
  const plans = new Map<string, { before: Counted; from: number; used: Amount; old: Amount }>();
  for (const agent of agents) {
    const begun = begunAt(agent);
    const known = counted.get(budgetKey(agent.agent));
    const before =
      known?.begunAt === begun
        ? known
        : { agent: agent.agent, begunAt: begun, from: begun, ...NO_AMOUNT, pending: null };
    const from = Math.max(before.from, now - COUNT_MS);
    plans.set(budgetKey(agent.agent), { before, from, used: NO_AMOUNT, old: NO_AMOUNT });
  }
  for (const entry of entries) {
    const plan = plans.get(budgetKey(payers.payerOf(entry.owner, entry.at).agent));
    if (plan === undefined || entry.at < plan.before.from) continue;
    const amount = amountOf(entry);
    if (entry.at < plan.from) plan.old = sum(plan.old, amount);
    else plan.used = sum(plan.used, amount);
  }
  return [...plans.values()].map(({ before, from, used, old }) => {
    const kept = { ...before, from, ...less(before, old) };
    const fresh = less(used, kept);
    const isNew = fresh.tokens > 0 || fresh.costMicroUsd > 0;
    return { ...kept, pending: isNew ? { ...fresh, id: idOf(kept) } : null };
  });
}
