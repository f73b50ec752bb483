/**
 * Plans which usage in transcripts is still to be counted into budgets. For each budget the amounts counted since its
 * beginning are kept; usage beyond them is new, be it a response or the growth of a streamed one.
 */
import { type AgentBudget, budgetKey } from '../model/budget.ts';
import { DAY_MS } from '../model/instants.ts';
import type { Entry } from './columns.ts';
import { type Amount, added, amountOf, NO_AMOUNT, type Payers } from './observed.ts';
import type { PriceBook } from './pricing.ts';

/** Older usage is not counted. The ledger keeps responses for twice as long. */
const COUNT_MS = 30 * DAY_MS;

export interface Counted extends Amount {
  readonly agent: string;
  /** Start of the budget or of its window; when it is later, counting starts again from 0. */
  readonly begunAt: number;
  /** Usage before this instant is not part of the amounts. */
  readonly from: number;
  /** Saved before it is reported; after a crash it is reported again under the same id, so it counts once. */
  readonly pending: (Amount & { readonly id: string; readonly unknownModels?: readonly string[] }) | null;
}

export const begunAt = ({ allocatedAt, window }: AgentBudget): number => Math.max(allocatedAt, window?.startedAt ?? 0);

/** Counters that continue from the same amounts use the same id, so that only one of them counts. */
const idOf = ({ begunAt: at, tokens, costMicroUsd }: Counted): string => `transcripts ${at} ${tokens} ${costMicroUsd}`;

const less = (a: Amount, b: Amount): Amount => ({
  tokens: Math.max(0, a.tokens - b.tokens),
  costMicroUsd: Math.max(0, a.costMicroUsd - b.costMicroUsd),
});

/** Most unknown models that are named for one budget. */
const MOST_NAMED = 20;

/** The name of a model, short and printable, whatever a transcript contains. */
export const shownModel = (model: string): string =>
  model.replace(/[^\w.:/@[\]+-]+/g, '-').slice(0, 100) || 'without a name';

/** Moves the pending amount into the counted amounts. */
export const folded = (counted: Counted): Counted =>
  counted.pending === null ? counted : { ...counted, ...added(counted, counted.pending), pending: null };

/** True if the clock was set back since: what is counted is later than the budget's beginning, or than now. */
const isAhead = (kept: Counted, begun: number, now: number): boolean => begun < kept.begunAt || kept.from > now;

interface Plan {
  readonly before: Counted;
  /** Usage before this instant is not new: the clock was set back, and this was the beginning before. */
  readonly knownUntil: number;
  readonly from: number;
  used: Amount;
  old: Amount;
  known: Amount;
  readonly unknown: Set<string>;
}

/**
 * For each budget the amounts counted so far and, as `pending`, the amount to count now. `counted` has nothing pending.
 * After the clock was set back, counting goes on from the amounts counted before.
 */
export function countingPlan(
  entries: Iterable<Entry>,
  payers: Payers,
  agents: readonly AgentBudget[],
  counted: ReadonlyMap<string, Counted>,
  now: number,
  book: PriceBook,
): Counted[] {
  const plans = new Map<string, Plan>();
  for (const agent of agents) {
    const begun = begunAt(agent);
    const kept = counted.get(budgetKey(agent.agent));
    const anew = { agent: agent.agent, begunAt: begun, from: begun, ...NO_AMOUNT, pending: null };
    const isBack = kept !== undefined && isAhead(kept, begun, now);
    const before = isBack
      ? { ...kept, begunAt: begun, from: Math.min(kept.from, begun) }
      : kept?.begunAt === begun
        ? kept
        : anew;
    const from = Math.max(before.from, now - COUNT_MS);
    const knownUntil = isBack ? kept.from : Number.NEGATIVE_INFINITY;
    const nothing = { used: NO_AMOUNT, old: NO_AMOUNT, known: NO_AMOUNT };
    plans.set(budgetKey(agent.agent), { before, knownUntil, from, ...nothing, unknown: new Set() });
  }
  for (const entry of entries) {
    const plan = plans.get(budgetKey(payers.payerOf(entry.owner, entry.at).agent));
    if (plan === undefined || entry.at < plan.before.from) continue;
    const amount = amountOf(entry, book);
    const isKnown = entry.at < plan.knownUntil;
    if (entry.at < plan.from) plan.old = isKnown ? plan.old : added(plan.old, amount);
    else {
      plan.used = added(plan.used, amount);
      if (isKnown) plan.known = added(plan.known, amount);
      if (book.find(entry.model) === null) plan.unknown.add(shownModel(entry.model));
    }
  }
  return [...plans.values()].map(({ before, from, used, old, known, unknown }) => {
    const kept = { ...before, from, ...added(less(before, old), known) };
    const fresh = less(used, kept);
    const isNew = fresh.tokens > 0 || fresh.costMicroUsd > 0;
    const unknownModels = [...unknown].sort().slice(0, MOST_NAMED);
    return { ...kept, pending: isNew ? { ...fresh, id: idOf(kept), unknownModels } : null };
  });
}
