/**
 * Every response once. The same response stands in transcripts many times: each part of a streamed one, copies in forks
 * and resumed sessions, replays in subagents. All of them are one entry whose figures are the largest of any copy, field
 * by field, so that neither order nor repetition of lines changes a sum.
 */
import type { Owner, Response, Tokens } from './response.ts';
import { NO_TOKENS, TOKEN_CLASSES } from './response.ts';

/** What stays of a response. Its owner is who was seen with it first, a session before what it started. */
export interface Entry extends Omit<Response, 'id' | keyof Owner> {
  readonly key: number;
  readonly owner: Owner;
  /** What of it was counted into the budgets. */
  readonly countedTokens: number;
  readonly countedMicroUsd: number;
}

/** What one line added to what was known. */
export interface Added {
  readonly entry: Entry;
  readonly isNew: boolean;
  readonly tokens: Tokens;
  readonly webSearches: number;
}

/** 52 bits that stand for an id: among a million ids the chance that two meet is one in ten thousand. Guards nothing. */
export function keyOf(id: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code ^ (low >>> 15), 0x85ebca6b);
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35);
  return (high & 0xfffff) * 0x1_0000_0000 + (low >>> 0);
}

const byClass = (amountOf: (of: (typeof TOKEN_CLASSES)[number]) => number): Tokens => ({
  input: amountOf('input'),
  output: amountOf('output'),
  cacheRead: amountOf('cacheRead'),
  cacheWrite: amountOf('cacheWrite'),
  cacheWrite5m: amountOf('cacheWrite5m'),
  cacheWrite1h: amountOf('cacheWrite1h'),
});

const most = (a: Tokens, b: Tokens): Tokens =>
  TOKEN_CLASSES.every((of) => b[of] <= a[of]) ? a : byClass((of) => Math.max(a[of], b[of]));

const earliest = (a: number, b: number): number => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b));

const NOT_COUNTED = { countedTokens: 0, countedMicroUsd: 0 };

export class ResponseLedger {
  readonly #entries = new Map<number, Entry>();
  readonly #owners = new Map<string, Owner>();

  constructor(entries: Iterable<Entry> = []) {
    for (const entry of entries) this.#entries.set(entry.key, { ...entry, owner: this.#owner(entry.owner) });
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  add(response: Response): Added {
    const { id, session, agentId, cwd, ...rest } = response;
    const key = keyOf(id);
    const before = this.#entries.get(key);
    if (before === undefined) {
      const entry: Entry = { key, owner: this.#owner({ session, agentId, cwd }), ...rest, ...NOT_COUNTED };
      this.#entries.set(key, entry);
      return { entry, isNew: true, tokens: rest.tokens, webSearches: rest.webSearches };
    }
    const entry = this.#merged(before, response);
    if (entry === before) return { entry, isNew: false, tokens: NO_TOKENS, webSearches: 0 };
    this.#entries.set(key, entry);
    return {
      entry,
      isNew: false,
      tokens: byClass((of) => entry.tokens[of] - before.tokens[of]),
      webSearches: entry.webSearches - before.webSearches,
    };
  }

  /** Remembers that this much of an entry was counted. */
  count(key: number, tokens: number, microUsd: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#entries.set(key, { ...entry, countedTokens: tokens, countedMicroUsd: microUsd });
  }

  /** Forgets what is older, and of the rest all but the newest so many. */
  forget(before: number, keep: number): void {
    for (const [key, { at }] of this.#entries) if (at < before) this.#entries.delete(key);
    if (this.#entries.size <= keep) return;
    const oldest = [...this.#entries.values()].sort((a, b) => a.at - b.at).slice(0, this.#entries.size - keep);
    for (const { key } of oldest) this.#entries.delete(key);
  }

  #merged(before: Entry, copy: Response): Entry {
    const isParent = before.owner.agentId !== null && copy.agentId === null && before.countedTokens === 0;
    const { session, agentId, cwd } = copy;
    const after: Entry = {
      ...before,
      owner: isParent ? this.#owner({ session, agentId, cwd }) : before.owner,
      model: [before.model, copy.model].sort()[1] as string,
      at: earliest(before.at, copy.at),
      tokens: most(before.tokens, copy.tokens),
      webSearches: Math.max(before.webSearches, copy.webSearches),
      isUs: before.isUs || copy.isUs,
      isFast: before.isFast || copy.isFast,
      isBatch: before.isBatch && copy.isBatch,
    };
    const isSame = (Object.keys(after) as (keyof Entry)[]).every((field) => after[field] === before[field]);
    return isSame ? before : after;
  }

  /** One object for each owner: it is known by the first folder that was seen. */
  #owner(owner: Owner): Owner {
    const name = `${owner.session} ${owner.agentId ?? ''}`;
    const known = this.#owners.get(name);
    if (known !== undefined && (known.cwd !== null || owner.cwd === null)) return known;
    this.#owners.set(name, owner);
    return owner;
  }
}
