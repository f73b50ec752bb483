/** What the transcripts say that each agent used. What an agent's own agents used is its own, unless they are known. */
import { budgetKey } from '../model/budget.ts';
import type { Entry } from './ledger.ts';
import { costOf } from './pricing.ts';
import type { Owner, Tokens } from './response.ts';
import { cacheWritten, totalTokens } from './response.ts';

/** Tokens and money; transcripts tell no time. */
export interface Amount {
  readonly tokens: number;
  readonly costMicroUsd: number;
}

export const NO_AMOUNT: Amount = { tokens: 0, costMicroUsd: 0 };
export const sum = (a: Amount, b: Amount): Amount => ({
  tokens: a.tokens + b.tokens,
  costMicroUsd: a.costMicroUsd + b.costMicroUsd,
});

interface Names {
  readonly own: string;
  readonly session: string;
}

interface Payer {
  readonly agent: string;
  /** It was used by an agent that this one started. */
  readonly isNested: boolean;
}

/**
 * Who pays for what an owner used. `nameOf` names an owner, `isKnown` says whether an agent has books of its own, then; it
 * pays for itself, and else the session that started it does.
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

  /** One that was not there yet; what its session started must not have been asked for before. */
  add(owner: Owner): void {
    if (owner.agentId === null) this.#sessions.set(owner.session, owner);
  }

  /** Its own name and that of the session that started it: one of them pays. */
  namesOf(owner: Owner): Names {
    const known = this.#names.get(owner);
    if (known !== undefined) return known;
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

export const amountOf = (entry: Entry): Amount => ({
  tokens: totalTokens(entry.tokens),
  costMicroUsd: costOf(entry).microUsd,
});

export interface Observed {
  readonly agent: string;
  responses: number;
  total: Amount;
  /** What of it agents used that it started. */
  nested: Amount;
  /** What it would be if one or the other were left out, as who counts by himself may do. */
  cached: Amount;
  output: Amount;
  /** What of the cost rests on the price of another model. */
  estimatedMicroUsd: number;
  readonly unknownModels: Set<string>;
}

const NOT_CACHED = { cacheRead: 0, cacheWrite: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
const costWithout = (entry: Entry, left: Partial<Tokens>): number =>
  costOf({ ...entry, tokens: { ...entry.tokens, ...left } }).microUsd;

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

/** By the key of the agent that pays, what was used from its `since` to `until`. */
export function observed(
  entries: Iterable<Entry>,
  payers: Payers,
  since: (agentKey: string) => number,
  until: number,
): ReadonlyMap<string, Observed> {
  const agents = new Map<string, Observed>();
  for (const entry of entries) {
    const { agent, isNested } = payers.payerOf(entry.owner, entry.at);
    const key = budgetKey(agent);
    if (entry.at < since(key) || entry.at > until) continue;
    const one = agents.get(key) ?? begin(agent);
    agents.set(key, one);
    const { microUsd, isEstimated } = costOf(entry);
    const { tokens } = entry;
    const total = { tokens: totalTokens(tokens), costMicroUsd: microUsd };
    one.responses += 1;
    one.total = sum(one.total, total);
    if (isNested) one.nested = sum(one.nested, total);
    one.cached = sum(one.cached, {
      tokens: tokens.cacheRead + cacheWritten(tokens),
      costMicroUsd: microUsd - costWithout(entry, NOT_CACHED),
    });
    one.output = sum(one.output, { tokens: tokens.output, costMicroUsd: microUsd - costWithout(entry, { output: 0 }) });
    if (isEstimated) {
      one.estimatedMicroUsd += microUsd;
      one.unknownModels.add(entry.model);
    }
  }
  return agents;
}
