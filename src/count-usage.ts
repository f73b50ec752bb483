/**
 * Counts into the budgets what transcripts newly say. What is going to be counted is written down first, then ordered
 * like any report, then written down as done: whatever is killed in between, each response is counted once.
 */
import type { Snapshot, Store, Transcripts } from './context.ts';
import { findAgent } from './core/budget/place.ts';
import type { AgentBudget } from './core/model/budget.ts';
import { budgetKey } from './core/model/budget.ts';
import { agentOf } from './core/usage/attribution.ts';
import type { Counted } from './core/usage/counting.ts';
import { begunAt, countingPlan, folded } from './core/usage/counting.ts';
import type { Amount } from './core/usage/observed.ts';
import { NO_AMOUNT, Payers } from './core/usage/observed.ts';
import type { Owner } from './core/usage/response.ts';

const DAY_MS = 86_400_000;

export interface CountingWish {
  /** One agent only; null counts for all that have a budget. */
  readonly agent: string | null;
  /** Agents that were at work in the last day and have no budget get one without limits. */
  readonly isAll: boolean;
}

/** What was counted now, by agent. */
export type CountedNow = readonly (Amount & { readonly agent: string })[];

type Books = Map<string, Counted>;

const payersOf = (transcripts: Transcripts, { state, environment }: Snapshot): Payers => {
  const begun = new Map(state.budgets.agents.map((agent) => [budgetKey(agent.agent), begunAt(agent)]));
  const { projects } = environment.settings.claude;
  return new Payers(
    transcripts.ledger.entries(),
    (owner: Owner) => agentOf(owner, transcripts.gitRoot(owner.cwd), projects),
    (agent, at) => at >= (begun.get(budgetKey(agent)) ?? Number.POSITIVE_INFINITY),
  );
};

/** Orders what is pending and remembers it as done. */
async function carryOut(store: Store, transcripts: Transcripts, books: Books): Promise<CountedNow> {
  const pending = [...books.values()].filter((one) => one.pending !== null);
  if (pending.length === 0) return [];
  transcripts.keepCounted([...books.values()]);
  const now: (Amount & { agent: string })[] = [];
  for (const one of pending) {
    const { id, tokens, costMicroUsd } = one.pending as NonNullable<Counted['pending']>;
    const usage = { tokens, costMicroUsd, timeMs: 0 };
    const told = { progress: null, phase: null, reserve: null, holder: null };
    const order = { do: 'report', agent: one.agent, usage, id, ...told } as const;
    const { outcome } = await store.transact({ kind: 'budget', order });
    // A budget that is gone by now has nobody to count for.
    if (outcome.kind === 'budget') books.set(budgetKey(one.agent), folded(one));
    else books.delete(budgetKey(one.agent));
    if (outcome.kind === 'budget' && outcome.report?.isDuplicate === false)
      now.push({ agent: one.agent, tokens, costMicroUsd });
  }
  transcripts.keepCounted([...books.values()]);
  return now;
}

/** Budgets without limits for sessions that were lately at work, which are counted from a day ago on. */
async function budgetsForAll(store: Store, transcripts: Transcripts, books: Books): Promise<void> {
  const snapshot = await store.read();
  const payers = payersOf(transcripts, snapshot);
  const since = snapshot.environment.now - DAY_MS;
  const names = new Map<string, string>();
  for (const { owner, at } of transcripts.ledger.entries()) {
    if (at < since) continue;
    const { agent } = payers.of(owner, at);
    if (findAgent(snapshot.state.budgets, agent) === null) names.set(budgetKey(agent), agent);
  }
  for (const [key, agent] of names) {
    const nothing = { amounts: {}, workflow: null, priority: null, renewal: null, isAdding: false };
    const order = { do: 'allocate', agents: [{ agent, weight: 1 }], ...nothing } as const;
    const { state } = await store.transact({ kind: 'budget', order });
    const made = findAgent(state.budgets, agent);
    if (made === null) continue;
    books.set(key, { agent: made.agent, begunAt: begunAt(made), from: since, ...NO_AMOUNT, pending: null });
  }
}

/** Counts what was read; null when another process is counting. Throws what the store and the transcripts throw. */
export async function countUsage(
  store: Store,
  transcripts: Transcripts,
  { agent, isAll }: CountingWish,
): Promise<CountedNow | null> {
  const leave = transcripts.beginCounting();
  if (leave === null) return null;
  try {
    const books: Books = new Map(transcripts.counted().map((one) => [budgetKey(one.agent), one]));
    const before = await carryOut(store, transcripts, books);
    if (isAll) await budgetsForAll(store, transcripts, books);
    const snapshot = await store.read();
    const isWanted = (one: AgentBudget): boolean => agent === null || budgetKey(one.agent) === budgetKey(agent);
    const wanted = snapshot.state.budgets.agents.filter(isWanted);
    const payers = payersOf(transcripts, snapshot);
    const entries = transcripts.ledger.entries();
    for (const one of countingPlan(entries, payers, wanted, books, snapshot.environment.now))
      books.set(budgetKey(one.agent), one);
    for (const [key, one] of books) if (findAgent(snapshot.state.budgets, one.agent) === null) books.delete(key);
    return [...before, ...(await carryOut(store, transcripts, books))];
  } finally {
    leave();
  }
}
