/** Usage of each agent by the transcripts. Usage of a subagent counts for its session, unless the subagent is known. */
import { budgetKey } from '../model/budget.ts';
import type { OwnerName } from './attribution.ts';
import type { Entry } from './columns.ts';
import { costOf, type PriceBook } from './pricing.ts';
import { cacheWritten, type Owner, type Tokens, totalTokens } from './response.ts';

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
  readonly own: OwnerName;
  readonly session: OwnerName;
}

interface Payer {
  readonly agent: string;
  /** Used by an agent that the payer started. */
  readonly isNested: boolean;
}

/** Order of owners that had the same former name; ids that begin with the time come in the order of time. */
const isBefore = (a: Owner, b: Owner): boolean =>
  a.session < b.session || (a.session === b.session && (a.agentId ?? '') < (b.agentId ?? ''));

/**
 * Decides which agent pays for an owner's usage: the owner itself if `isKnown` is true of its name at that instant, else
 * the session that started it. A name of an earlier version pays if it is known and the present one is not; of several
 * owners that had it, the first one.
 */
export class Payers {
  readonly #sessions = new Map<string, Owner>();
  readonly #names = new Map<Owner, Names>();
  readonly #nameOf: (owner: Owner) => OwnerName;
  readonly #isKnown: (agent: string, at: number) => boolean;
  readonly #owners = new Set<Owner>();
  /** First owner of each former name; null until it is needed. */
  #formerOwners: Map<string, Owner> | null = null;

  constructor(
    owners: Iterable<Owner>,
    nameOf: (owner: Owner) => OwnerName,
    isKnown: (agent: string, at: number) => boolean,
  ) {
    for (const owner of owners) this.add(owner);
    this.#nameOf = nameOf;
    this.#isKnown = isKnown;
  }

  /** Adds a new owner, before the names of agents that its session started are requested. */
  add(owner: Owner): void {
    this.#owners.add(owner);
    this.#formerOwners = null;
    if (owner.agentId === null) this.#sessions.set(owner.session, owner);
  }

  /** The session of an owner, whether it was seen or not. */
  #sessionOf = (owner: Owner): Owner => this.#sessions.get(owner.session) ?? { ...owner, agentId: null };

  /** The owner's name and its session's name; one of them pays. */
  namesOf(owner: Owner): Names {
    const cached = this.#names.get(owner);
    if (cached !== undefined) return cached;
    const session = this.#sessionOf(owner);
    const own = this.#nameOf(owner);
    const names = { own, session: session === owner ? own : this.#nameOf(session) };
    this.#names.set(owner, names);
    return names;
  }

  payerOf(owner: Owner, at: number): Payer {
    const { own, session } = this.namesOf(owner);
    const name = this.#known(owner, own, at) ?? (owner.agentId === null ? own.name : null);
    if (name !== null) return { agent: name, isNested: false };
    return { agent: this.#known(this.#sessionOf(owner), session, at) ?? session.name, isNested: true };
  }

  /** The name under which this owner is known at that instant; null without one. */
  #known(owner: Owner, { name, former }: OwnerName, at: number): string | null {
    if (this.#isKnown(name, at)) return name;
    return former !== null && this.#isKnown(former, at) && this.#isFirst(owner, former) ? former : null;
  }

  #isFirst(owner: Owner, former: string): boolean {
    if (this.#formerOwners === null) {
      this.#formerOwners = new Map();
      for (const one of this.#owners) {
        const { own, session } = this.namesOf(one);
        this.#claim(one, own.former);
        this.#claim(this.#sessionOf(one), session.former);
      }
    }
    const first = this.#formerOwners.get(budgetKey(former));
    return first === undefined || !isBefore(first, owner);
  }

  #claim(owner: Owner, former: string | null): void {
    if (former === null) return;
    const first = this.#formerOwners?.get(budgetKey(former));
    if (first === undefined || isBefore(owner, first)) this.#formerOwners?.set(budgetKey(former), owner);
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
