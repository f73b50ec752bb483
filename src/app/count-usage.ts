/**
 * Counts new usage in transcripts into the budgets. The amounts are recorded as pending, reported to the budgets,
 * and recorded as done, so each response counts once even if the process is killed in between.
 */

import { findAgent } from '../core/budget/books.ts';
import { type AgentBudget, budgetKey } from '../core/model/budget.ts';
import { DAY_MS } from '../core/model/instants.ts';
import type { State } from '../core/model/state.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { ProjectFolders } from '../core/settings/usage.ts';
import type { Command } from '../core/transition.ts';
import { begunAt, type Counted, countingPlan, folded } from '../core/usage/counting.ts';
import { KnownPayers, keysOf } from '../core/usage/known-payers.ts';
import { type Amount, NO_AMOUNT } from '../core/usage/observed.ts';
import { bookOf } from '../core/usage/pricing.ts';
import type { Owner } from '../core/usage/response.ts';
import type { Prices } from '../ports/prices.ts';
import type { Store } from '../ports/store.ts';
import type { CountingTurn, Transcripts } from '../ports/transcripts.ts';

/** Time between two full counts, in case a count of changed transcripts misses something. */
const ALL_AGAIN_MS = 10 * 60_000;

export interface CountingWish {
  /** One agent only; null counts for all agents with a budget. */
  readonly agent: string | null;
  /** Creates unlimited budgets for the last day's other agents. */
  readonly isAll: boolean;
}

/** The usage counted by this call, by agent. */
export type CountedNow = readonly (Amount & { readonly agent: string })[];

type Books = Map<string, Counted>;

type Pending = Counted & { readonly pending: NonNullable<Counted['pending']> };
const isPending = (counted: Counted): counted is Pending => counted.pending !== null;

function orderOf({ agent, pending: { id, tokens, costMicroUsd, unknownModels = [] } }: Pending): Command {
  const usage = { tokens, costMicroUsd, timeMs: 0 };
  const nothing = { progress: null, phase: null, reserve: null, holder: null };
  return { kind: 'budget', order: { do: 'report', agent, usage, id, unknownModels, ...nothing } };
}

/** Reports pending amounts and records them as done. */
async function carryOut(store: Store, turn: CountingTurn, books: Books): Promise<CountedNow> {
  const pending = [...books.values()].filter(isPending);
  if (pending.length === 0) return [];
  turn.keep([...books.values()]);
  const done = await store.transactAll(pending.map(orderOf));
  const now: (Amount & { agent: string })[] = [];
  for (const [at, amount] of pending.entries()) {
    const outcome = done[at]?.outcome;
    // A released budget is no longer counted.
    if (outcome?.kind === 'budget') books.set(budgetKey(amount.agent), folded(amount));
    else books.delete(budgetKey(amount.agent));
    if (outcome?.kind === 'budget' && outcome.report?.isDuplicate === false)
      now.push({ agent: amount.agent, tokens: amount.pending.tokens, costMicroUsd: amount.pending.costMicroUsd });
  }
  turn.keep([...books.values()]);
  return now;
}

/** Creates budgets without limits for agents of the last day, and counts their usage of that day. */
async function budgetsForAll(store: Store, { ledger }: Transcripts, known: KnownPayers, books: Books): Promise<void> {
  const snapshot = await store.read();
  const payers = known.at(snapshot.state.budgets.agents, snapshot.environment.settings.claude.projects, null);
  const since = snapshot.environment.now - DAY_MS;
  const names = new Map<string, string>();
  for (const { owner, at } of ledger.entries()) {
    if (at < since) continue;
    const { agent } = payers.payerOf(owner, at);
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

/** Counts repeatedly, each time only for agents with changed transcripts or budgets. */
export class UsageCounter {
  readonly #store: Store;
  readonly #transcripts: Transcripts;
  readonly #prices: Prices;
  readonly #payers: KnownPayers;
  /** Start of each budget at the last count. */
  #begun: ReadonlyMap<string, number> = new Map();
  #projects: ProjectFolders | null = null;
  /** Owners of responses that are read and not counted yet; null means all owners. */
  #owed: Set<Owner> | null = null;
  #countedAllAt = Number.NEGATIVE_INFINITY;

  constructor(store: Store, transcripts: Transcripts, prices: Prices) {
    this.#store = store;
    this.#transcripts = transcripts;
    this.#prices = prices;
    this.#payers = new KnownPayers(transcripts.ledger, (owner, projects) => transcripts.nameOf(owner, projects));
  }

  /** Counts the transcripts read so far; null while another process counts. Throws errors of the store and transcripts. */
  count({ agent, isAll }: CountingWish): Promise<CountedNow | null> {
    return this.#count(null, isAll, (budget) => agent === null || budgetKey(budget.agent) === budgetKey(agent));
  }

  /** Counts for every budget in this state; nearly free when nothing is new. Null while another process counts. */
  async countNew({ budgets: { agents } }: State, { claude }: Settings, now: number): Promise<CountedNow | null> {
    for (const owner of this.#transcripts.ledger.takeChanged()) this.#owed?.add(owner);
    if (this.#payers.rename(this.#transcripts.takeRenamed())) this.#owed = null;
    const isNew = (budget: AgentBudget): boolean => this.#begun.get(budget.agent) !== begunAt(budget);
    const isAsBefore = claude.projects === this.#projects && !agents.some(isNew);
    if (this.#owed?.size === 0 && isAsBefore) return [];
    const isAllDue = Math.abs(now - this.#countedAllAt) >= ALL_AGAIN_MS || claude.projects !== this.#projects;
    if (isAllDue) this.#owed = null;
    const owed = this.#owed;
    const counted = await this.#count(owed, false, (budget) => owed === null || isNew(budget));
    if (counted === null) return null;
    if (isAllDue) this.#countedAllAt = now;
    this.#begun = new Map(agents.map((budget) => [budget.agent, begunAt(budget)]));
    this.#projects = claude.projects;
    this.#owed = new Set();
    return counted;
  }

  /** Counts for the budgets that pay for these owners, and for the wanted ones. */
  async #count(
    owners: ReadonlySet<Owner> | null,
    isAll: boolean,
    isWanted: (agent: AgentBudget) => boolean,
  ): Promise<CountedNow | null> {
    const [store, transcripts] = [this.#store, this.#transcripts];
    const turn = transcripts.beginCounting();
    if (turn === null) return null;
    try {
      const books: Books = new Map(turn.counted().map((counted) => [budgetKey(counted.agent), counted]));
      const before = await carryOut(store, turn, books);
      if (isAll) await budgetsForAll(store, transcripts, this.#payers, books);
      const { state, environment } = await store.read();
      const { agents } = state.budgets;
      const payers = this.#payers.at(agents, environment.settings.claude.projects, owners);
      const paying = new Set([...(owners ?? [])].flatMap((owner) => [...keysOf(payers, owner)]));
      const wanted = agents.filter((budget) => paying.has(budgetKey(budget.agent)) || isWanted(budget));
      const entries = this.#payers.entriesOf(wanted);
      const book = bookOf(environment.settings.prices, this.#prices.kept());
      for (const counted of countingPlan(entries, payers, wanted, books, environment.now, book))
        books.set(budgetKey(counted.agent), counted);
      for (const [key, counted] of books) if (findAgent(state.budgets, counted.agent) === null) books.delete(key);
      return [...before, ...(await carryOut(store, turn, books))];
    } finally {
      turn.end();
    }
  }
}
