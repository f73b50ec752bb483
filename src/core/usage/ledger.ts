/**
 * Holds every response once. Transcripts repeat a response many times: as parts of a stream, as copies in forks and
 * resumed sessions, as replays in subagents. All copies form one entry with the largest figure of any copy, field by
 * field, so that neither order nor repetition of lines changes a sum.
 */
import { keyOf } from '../digest.ts';
import type { Owner, Response, Speed, Tokens } from './response.ts';
import { NO_TOKENS, SPEEDS, TOKEN_CLASSES } from './response.ts';

/** Its owner is the first one seen; a session takes precedence over an agent. */
export interface Entry extends Omit<Response, 'id' | keyof Owner> {
  readonly key: number;
  readonly owner: Owner;
}

/** Increase caused by one line. */
export interface Added {
  readonly entry: Entry;
  readonly isNew: boolean;
  readonly tokens: Tokens;
  readonly webSearches: number;
}

const byClass = (amountOf: (tokenClass: (typeof TOKEN_CLASSES)[number]) => number): Tokens => ({
  input: amountOf('input'),
  output: amountOf('output'),
  cacheRead: amountOf('cacheRead'),
  cacheWrite: amountOf('cacheWrite'),
  cacheWrite5m: amountOf('cacheWrite5m'),
  cacheWrite1h: amountOf('cacheWrite1h'),
});

const most = (a: Tokens, b: Tokens): Tokens =>
  TOKEN_CLASSES.every((tokenClass) => b[tokenClass] <= a[tokenClass])
    ? a
    : byClass((tokenClass) => Math.max(a[tokenClass], b[tokenClass]));

const earliest = (a: number, b: number): number => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b));

/** Stored entries that are found by key, so that a look at one does not create all of them. */
export interface KnownEntries {
  readonly size: number;
  find(key: number): Entry | null;
  all(): Iterable<Entry>;
}

const NOTHING_KNOWN: KnownEntries = { size: 0, find: () => null, all: () => [] };

function keysOf(index: Map<Owner, number[]>, owner: Owner): number[] {
  const keys = index.get(owner) ?? [];
  index.set(owner, keys);
  return keys;
}

export class ResponseLedger {
  #known: KnownEntries;
  /** New and changed entries; they override the stored ones. */
  readonly #entries = new Map<number, Entry>();
  readonly #owners = new Map<string, Owner>();
  #replaced = 0;
  /** Keys of the entries of each owner; null until they are needed. */
  #byOwner: Map<Owner, number[]> | null = null;
  #changed = new Set<Owner>();

  /** Stored entries of one owner must share its object in `owners`. */
  constructor(known = NOTHING_KNOWN, owners: Iterable<Owner> = []) {
    this.#known = known;
    for (const owner of owners) this.#owner(owner);
  }

  get size(): number {
    return this.#known.size + this.#entries.size - this.#replaced;
  }

  *entries(): Generator<Entry> {
    for (const entry of this.#known.all()) if (!this.#entries.has(entry.key)) yield entry;
    yield* this.#entries.values();
  }

  /** Owners that have entries. */
  owners(): Iterable<Owner> {
    return this.#index().keys();
  }

  *entriesOf(owner: Owner): Generator<Entry> {
    for (const key of this.#index().get(owner) ?? []) {
      const entry = this.#entries.get(key) ?? this.#known.find(key);
      if (entry !== null) yield entry;
    }
  }

  /** Owners of the entries that were added or changed since the last call. */
  takeChanged(): ReadonlySet<Owner> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  add(response: Response): Added {
    const { id, session, agentId, cwd, ...rest } = response;
    const key = keyOf(id);
    const own = this.#entries.get(key);
    const before = own ?? this.#known.find(key);
    if (before === null) {
      const entry: Entry = { key, owner: this.#owner({ session, agentId, cwd }), ...rest };
      this.#put(entry, null);
      return { entry, isNew: true, tokens: rest.tokens, webSearches: rest.webSearches };
    }
    const entry = this.#merged(before, response);
    if (entry === before) return { entry, isNew: false, tokens: NO_TOKENS, webSearches: 0 };
    this.#put(entry, before);
    if (own === undefined) this.#replaced += 1;
    return {
      entry,
      isNew: false,
      tokens: byClass((tokenClass) => entry.tokens[tokenClass] - before.tokens[tokenClass]),
      webSearches: entry.webSearches - before.webSearches,
    };
  }

  /** Replaces the entries by the same entries in a form that takes less memory. */
  adopt(known: KnownEntries): void {
    this.#known = known;
    this.#entries.clear();
    this.#replaced = 0;
  }

  /** Drops entries from before the instant `before` and all but the `keep` newest of the rest. */
  forget(before: number, keep: number): void {
    if (this.size <= keep && !this.#hasOlder(before)) return;
    const kept = [...this.entries()].filter(({ at }) => at >= before).sort((a, b) => b.at - a.at);
    this.#byOwner = null;
    this.#known = NOTHING_KNOWN;
    this.#replaced = 0;
    this.#entries.clear();
    for (const entry of kept.slice(0, keep)) this.#entries.set(entry.key, entry);
  }

  #hasOlder(than: number): boolean {
    for (const { at } of this.entries()) if (at < than) return true;
    return false;
  }

  #index(): Map<Owner, number[]> {
    if (this.#byOwner === null) {
      this.#byOwner = new Map();
      for (const { owner, key } of this.entries()) keysOf(this.#byOwner, owner).push(key);
    }
    return this.#byOwner;
  }

  #put(entry: Entry, before: Entry | null): void {
    const { key, owner } = entry;
    this.#entries.set(key, entry);
    this.#changed.add(owner);
    if (owner === before?.owner) return;
    if (this.#byOwner !== null) keysOf(this.#byOwner, owner).push(key);
    if (before === null) return;
    this.#changed.add(before.owner);
    this.#byOwner?.set(
      before.owner,
      keysOf(this.#byOwner, before.owner).filter((other) => other !== key),
    );
  }

  #merged(before: Entry, copy: Response): Entry {
    const isParent = before.owner.agentId !== null && copy.agentId === null;
    const { session, agentId, cwd } = copy;
    const after: Entry = {
      ...before,
      owner: isParent ? this.#owner({ session, agentId, cwd }) : before.owner,
      model: [before.model, copy.model].sort()[1] as string,
      at: earliest(before.at, copy.at),
      tokens: most(before.tokens, copy.tokens),
      webSearches: Math.max(before.webSearches, copy.webSearches),
      isUs: before.isUs || copy.isUs,
      longestPrompt: Math.max(before.longestPrompt, copy.longestPrompt),
      speed: SPEEDS[Math.max(SPEEDS.indexOf(before.speed), SPEEDS.indexOf(copy.speed))] as Speed,
      isBatch: before.isBatch && copy.isBatch,
    };
    const isSame = (Object.keys(after) as (keyof Entry)[]).every((field) => after[field] === before[field]);
    return isSame ? before : after;
  }

  /** The single object of an owner, with the first folder seen. */
  #owner(owner: Owner): Owner {
    const name = `${owner.session} ${owner.agentId ?? ''}`;
    const known = this.#owners.get(name);
    if (known !== undefined && (known.cwd !== null || owner.cwd === null)) return known;
    this.#owners.set(name, owner);
    return owner;
  }
}
