/** Usage of each agent by the transcripts. Usage of a subagent counts for its session, unless the subagent is known. */
import { budgetKey } from '../model/budget.ts';
import type { Entry } from './columns.ts';
import type { PriceBook } from './pricing.ts';
import { costOf } from './pricing.ts';
import type { Owner, Tokens } from './response.ts';
import { cacheWritten, totalTokens } from './response.ts';

/** Tokens and money; transcripts do not record working time. */
export interface Amount {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

export const NO_AMOUNT: Amount = { tokens: 0, costMicroUsd: 0 };
export const added = (a: Amount, b: Amount): Amount => ({
  tokens: a.tokens + b.tokens,
  costMicroUsd: a.costMicroUsd + b.costMicroUsd,
});

interface Names {
  readonly own: string;
  readonly session: string;
}

interface Payer {
  readonly agent: string;
  /** Used by an agent that the payer started. */
  readonly isNested: boolean;
}

/**
 * Decides which agent pays for an owner's usage: the owner itself if `isKnown` is true of its name at that instant, else
 * the session that started it.
 */
export class Payers {
  readonly #sessions = new Map<string, Owner>();
  readonly #names = new Map<Owner, Names>();
  readonly #nameOf: (owner: Owner) => string;
  readonly #isKnown: (agent: string, at: number) => boolean;

  constructor(
    owners: Iterable<Owner>,
    nameOf: (owner: Owner) => string,
    isKnown: (agent: string, at: number) => boolean,
  ) {
    for (const owner of owners) this.add(owner);
    this.#nameOf = nameOf;
    this.#isKnown = isKnown;
  }

  /** Adds a new owner, before the names of agents that its session started are requested. */
  add(owner: Owner): void {
    if (owner.agentId === null) this.#sessions.set(owner.session, owner);
  }

  /** The owner's name and its session's name; one of them pays. */
  namesOf(owner: Owner): Names {
    const cached = this.#names.get(owner);
    if (cached !== undefined) return cached;
    const session = this.#sessions.get(owner.session) ?? { ...owner, agentId: null };
    const own = this.#nameOf(owner);
    const names = { own, session: session === owner ? own : this.#nameOf(session) };
    this.#names.set(owner, names);
    return names;
  }

  payerOf(owner: Owner, at: number): Payer {
    const names = this.namesOf(owner);
    if (owner.agentId === null || this.#isKnown(names.own, at)) return { agent: names.own, isNested: false };
    return { agent: names.session, isNested: true };
  }
}

export const amountOf = (entry: Entry, book: PriceBook): Amount => ({
  tokens: totalTokens(entry.tokens),
  costMicroUsd: costOf(entry, book).microUsd,
});

export interface Observed {
  readonly agent: string;
  responses: number;
  total: Amount;
  /** Part of `total` used by agents that this one started. */
  nested: Amount;
  /** Parts of `total` that a home-made counter may leave out: cached tokens, and output. */
  cached: Amount;
  output: Amount;
  /** Part of the cost that rests on estimated prices. */
  estimatedMicroUsd: number;
  readonly unknownModels: Set<string>;
}

const NOT_CACHED = { cacheRead: 0, cacheWrite: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
const costWithout = (entry: Entry, left: Partial<Tokens>, book: PriceBook): number =>
  costOf({ ...entry, tokens: { ...entry.tokens, ...left } }, book).microUsd;

const begin = (agent: string): Observed => ({
  agent,
  responses: 0,
  total: NO_AMOUNT,
  nested: NO_AMOUNT,
  cached: NO_AMOUNT,
  output: NO_AMOUNT,
  estimatedMicroUsd: 0,
  unknownModels: new Set(),
});

/** Usage by the key of the paying agent, from its `since` to `until`, in milliseconds since the epoch. */
export function observed(
  entries: Iterable<Entry>,
  payers: Payers,
  since: (agentKey: string) => number,
  until: number,
  book: PriceBook,
): ReadonlyMap<string, Observed> {
  const agents = new Map<string, Observed>();
  for (const entry of entries) {
    const { agent, isNested } = payers.payerOf(entry.owner, entry.at);
    const key = budgetKey(agent);
    if (entry.at < since(key) || entry.at > until) continue;
    const usage = agents.get(key) ?? begin(agent);
    agents.set(key, usage);
    const { microUsd, isEstimated } = costOf(entry, book);
    const { tokens } = entry;
    const total = { tokens: totalTokens(tokens), costMicroUsd: microUsd };
    usage.responses += 1;
    usage.total = added(usage.total, total);
    if (isNested) usage.nested = added(usage.nested, total);
    usage.cached = added(usage.cached, {
      tokens: tokens.cacheRead + cacheWritten(tokens),
      costMicroUsd: microUsd - costWithout(entry, NOT_CACHED, book),
    });
    usage.output = added(usage.output, {
      tokens: tokens.output,
      costMicroUsd: microUsd - costWithout(entry, { output: 0 }, book),
    });
    if (isEstimated) {
      usage.estimatedMicroUsd += microUsd;
      usage.unknownModels.add(entry.model);
    }
  }
  return agents;
}
