/**
 * Holds every response once. Transcripts repeat a response many times: as parts of a stream, as copies in forks and
 * resumed sessions, as replays in subagents. All copies form one entry with the largest figure of any copy, field by
 * field, so that neither order nor repetition of lines changes a sum.
 */
import { keyOf } from '../digest.ts';
import { type Entry, EntryColumns } from './columns.ts';
import type { Owner, Response, Speed, Tokens } from './response.ts';
import { byClass, NO_TOKENS, SPEEDS, TOKEN_CLASSES } from './response.ts';

/** Increase caused by one line. */
export interface Added {
  readonly entry: Entry;
  readonly isNew: boolean;
  readonly tokens: Tokens;
  readonly webSearches: number;
}

const most = (a: Tokens, b: Tokens): Tokens =>
  TOKEN_CLASSES.every((tokenClass) => b[tokenClass] <= a[tokenClass])
    ? a
    : byClass((tokenClass) => Math.max(a[tokenClass], b[tokenClass]));

const earliest = (a: number, b: number): number => (a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b));

export class ResponseLedger {
  readonly columns: EntryColumns;
  readonly #owners = new Map<string, Owner>();
  #changed = new Set<Owner>();

  /** Responses that are known already, or none. */
  constructor(columns = new EntryColumns()) {
    this.columns = columns;
    for (const owner of columns.owners) this.#owner(owner);
  }

  get size(): number {
    return this.columns.size;
  }

  entries(): Iterable<Entry> {
    return this.columns.all();
  }

  /** Owners that have entries. */
  owners(): Iterable<Owner> {
    return this.columns.used();
  }

  entriesOf(owner: Owner): Iterable<Entry> {
    return this.columns.of(owner);
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
    const n = this.columns.find(key);
    if (n < 0) {
      const entry: Entry = { key, owner: this.#owner({ session, agentId, cwd }), ...rest };
      this.columns.add(entry);
      this.#changed.add(entry.owner);
      return { entry, isNew: true, tokens: rest.tokens, webSearches: rest.webSearches };
    }
    const before = this.columns.at(n);
    const entry = this.#merged(before, response);
    if (entry === before) return { entry, isNew: false, tokens: NO_TOKENS, webSearches: 0 };
    this.columns.replace(n, entry);
    this.#changed.add(entry.owner).add(before.owner);
    return {
      entry,
      isNew: false,
      tokens: byClass((tokenClass) => entry.tokens[tokenClass] - before.tokens[tokenClass]),
      webSearches: entry.webSearches - before.webSearches,
    };
  }

  /** Drops entries from before the instant `before` and all but the `keep` newest of the rest. */
  forget(before: number, keep: number): void {
    this.columns.forget(before, keep);
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
