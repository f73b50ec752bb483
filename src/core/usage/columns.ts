/**
 * The responses as numbers, 56 bytes each, in blocks of equal size. They are found by key through a table of hashes, and
 * by owner through chains. An object for each of a million responses would take ten times the memory.
 */
import { type Owner, type Response, type Speed, TOKEN_CLASSES } from './response.ts';

/** A response as it is kept. Its owner is the first one seen; a session takes precedence over an agent. */
export interface Entry extends Omit<Response, 'id' | keyof Owner> {
  readonly key: number;
  readonly owner: Owner;
}

/** Numbers of four bytes for each response: owner, model, flags, web searches, tokens by class. */
export const NUMBERS = 4 + TOKEN_CLASSES.length;
export const BLOCK = 1 << 16;
const MOST = 2 ** 32 - 1;
const LONGEST_PROMPT = 2 ** 24 - 1;
const LEAST_SLOTS = 1 << 10;
const NOBODY: Owner = { session: '', agentId: null, cwd: null };

/** A part of the columns; the last block is filled in part. */
export interface Block {
  readonly keys: Float64Array;
  readonly instants: Float64Array;
  readonly numbers: Uint32Array;
  /** Next response of the same owner, as its number plus one; 0 at the end. */
  readonly next: Uint32Array;
}

const newBlock = (): Block => ({
  keys: new Float64Array(BLOCK),
  instants: new Float64Array(BLOCK),
  numbers: new Uint32Array(BLOCK * NUMBERS),
  next: new Uint32Array(BLOCK),
});

const flagsOf = ({ isUs, speed, isBatch, longestPrompt }: Entry): number =>
  Number(isUs) +
  2 * Number(speed === 'fast') +
  4 * Number(isBatch) +
  8 * Number(speed === 'ultrafast') +
  256 * Math.min(longestPrompt, LONGEST_PROMPT);

const speedOf = (flags: number): Speed => ((flags & 8) > 0 ? 'ultrafast' : (flags & 2) > 0 ? 'fast' : 'standard');

/** Values with a number each, in the order of their first use. */
class Numbered<T> {
  readonly all: T[];
  readonly #numbers: Map<T, number>;

  constructor(all: readonly T[] = []) {
    this.all = [...all];
    this.#numbers = new Map(all.map((one, at) => [one, at]));
  }

  /** Undefined for a value without a number. */
  find(one: T): number | undefined {
    return this.#numbers.get(one);
  }

  numberOf(one: T): number {
    let at = this.#numbers.get(one);
    if (at === undefined) {
      at = this.all.push(one) - 1;
      this.#numbers.set(one, at);
    }
    return at;
  }
}

export class EntryColumns {
  readonly blocks: Block[] = [];
  size = 0;
  #owners: Numbered<Owner>;
  #models: Numbered<string>;
  /** Numbers of responses plus one, at the place of their hash or behind it; 0 for a free place. */
  #table = new Uint32Array(LEAST_SLOTS);
  /** First response of each owner, as its number plus one; null until it is needed. */
  #heads: number[] | null = null;

  constructor(owners: readonly Owner[] = [], models: readonly string[] = []) {
    this.#owners = new Numbered(owners);
    this.#models = new Numbered(models);
  }

  get owners(): readonly Owner[] {
    return this.#owners.all;
  }

  get models(): readonly string[] {
    return this.#models.all;
  }

  /** Makes room for this many responses, which the caller writes into the blocks; `filled` makes them known. */
  grow(size: number): void {
    while (this.blocks.length * BLOCK < size) this.blocks.push(newBlock());
  }

  /** Makes the first `size` responses of the blocks known. */
  filled(size: number): void {
    this.size = size;
    this.#heads = null;
    this.#hash();
  }

  /** The number of the response with this key; -1 without one. */
  find(key: number): number {
    const mask = this.#table.length - 1;
    for (let at = hashOf(key) & mask; ; at = (at + 1) & mask) {
      const found = this.#table[at] as number;
      if (found === 0) return -1;
      if (this.#keyAt(found - 1) === key) return found - 1;
    }
  }

  at(n: number): Entry {
    const block = this.#blockOf(n);
    const { numbers } = block;
    const row = n % BLOCK;
    const from = row * NUMBERS;
    const flags = numbers[from + 2] as number;
    return {
      key: block.keys[row] as number,
      at: block.instants[row] as number,
      owner: this.owners[numbers[from] as number] ?? NOBODY,
      model: this.models[numbers[from + 1] as number] ?? '',
      webSearches: numbers[from + 3] as number,
      // In the order of TOKEN_CLASSES.
      tokens: {
        input: numbers[from + 4] as number,
        output: numbers[from + 5] as number,
        cacheRead: numbers[from + 6] as number,
        cacheWrite: numbers[from + 7] as number,
        cacheWrite5m: numbers[from + 8] as number,
        cacheWrite1h: numbers[from + 9] as number,
      },
      longestPrompt: flags >>> 8,
      isUs: (flags & 1) > 0,
      speed: speedOf(flags),
      isBatch: (flags & 4) > 0,
    };
  }

  *all(): Generator<Entry> {
    for (let n = 0; n < this.size; n += 1) yield this.at(n);
  }

  /** Owners of the responses. */
  *used(): Generator<Owner> {
    for (const [at, head] of this.#chains().entries()) if (head > 0) yield this.owners[at] as Owner;
  }

  *of(owner: Owner): Generator<Entry> {
    let found = this.#chains()[this.#owners.find(owner) ?? -1] ?? 0;
    while (found > 0) {
      yield this.at(found - 1);
      found = this.#blockOf(found - 1).next[(found - 1) % BLOCK] as number;
    }
  }

  add(entry: Entry): void {
    const n = this.size;
    this.grow(n + 1);
    this.#write(n, entry);
    this.size += 1;
    if (2 * this.size > this.#table.length) this.#hash();
    else this.#place(n);
    if (this.#heads !== null) this.#chain(this.#heads, n);
  }

  /** Overwrites response `n` with figures of the same key. */
  replace(n: number, entry: Entry): void {
    const before = this.#blockOf(n).numbers[(n % BLOCK) * NUMBERS];
    this.#write(n, entry);
    if (this.#blockOf(n).numbers[(n % BLOCK) * NUMBERS] !== before) this.#heads = null;
  }

  /** Drops responses from before the instant `before`, all but the `keep` newest, and the owners and models without any. */
  forget(before: number, keep: number): void {
    const from = Math.max(before, this.size > keep ? this.#newest(keep) : Number.NEGATIVE_INFINITY);
    if (this.size <= keep && !this.#hasOlder(from)) return;
    const [owners, models] = [new Numbered<Owner>(), new Numbered<string>()];
    let kept = 0;
    for (let n = 0; n < this.size && kept < keep; n += 1) {
      if (this.#instantAt(n) < from) continue;
      this.#move(n, kept);
      const { numbers } = this.#blockOf(kept);
      const row = (kept % BLOCK) * NUMBERS;
      numbers[row] = owners.numberOf(this.owners[numbers[row] as number] ?? NOBODY);
      numbers[row + 1] = models.numberOf(this.models[numbers[row + 1] as number] ?? '');
      kept += 1;
    }
    this.#owners = owners;
    this.#models = models;
    this.blocks.length = Math.ceil(kept / BLOCK);
    this.filled(kept);
  }

  #blockOf(n: number): Block {
    return this.blocks[Math.floor(n / BLOCK)] as Block;
  }

  #keyAt(n: number): number {
    return this.#blockOf(n).keys[n % BLOCK] as number;
  }

  #instantAt(n: number): number {
    return this.#blockOf(n).instants[n % BLOCK] as number;
  }

  /** The instant of the oldest of the `keep` newest responses. */
  #newest(keep: number): number {
    const instants = new Float64Array(this.size);
    for (let n = 0; n < this.size; n += 1) instants[n] = this.#instantAt(n);
    return instants.sort()[this.size - keep] as number;
  }

  #hasOlder(than: number): boolean {
    for (let n = 0; n < this.size; n += 1) if (this.#instantAt(n) < than) return true;
    return false;
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    const [source, target] = [this.#blockOf(from), this.#blockOf(to)];
    const [row, place] = [from % BLOCK, to % BLOCK];
    target.keys[place] = source.keys[row] as number;
    target.instants[place] = source.instants[row] as number;
    target.numbers.set(source.numbers.subarray(row * NUMBERS, (row + 1) * NUMBERS), place * NUMBERS);
  }

  #write(n: number, entry: Entry): void {
    const block = this.#blockOf(n);
    const { numbers } = block;
    const row = n % BLOCK;
    let at = row * NUMBERS;
    block.keys[row] = entry.key;
    block.instants[row] = entry.at;
    numbers[at++] = this.#owners.numberOf(entry.owner);
    numbers[at++] = this.#models.numberOf(entry.model);
    numbers[at++] = flagsOf(entry);
    numbers[at++] = Math.min(entry.webSearches, MOST);
    for (const name of TOKEN_CLASSES) numbers[at++] = Math.min(entry.tokens[name], MOST);
  }

  /** Builds the table of hashes anew, at most half full. */
  #hash(): void {
    let slots = LEAST_SLOTS;
    while (slots < 4 * this.size) slots *= 2;
    this.#table = new Uint32Array(slots);
    for (let n = 0; n < this.size; n += 1) this.#place(n);
  }

  #place(n: number): void {
    const mask = this.#table.length - 1;
    let at = hashOf(this.#keyAt(n)) & mask;
    while (this.#table[at] !== 0) at = (at + 1) & mask;
    this.#table[at] = n + 1;
  }

  #chains(): number[] {
    if (this.#heads === null) {
      this.#heads = [];
      for (let n = 0; n < this.size; n += 1) this.#chain(this.#heads, n);
    }
    return this.#heads;
  }

  #chain(heads: number[], n: number): void {
    const block = this.#blockOf(n);
    const owner = block.numbers[(n % BLOCK) * NUMBERS] as number;
    while (heads.length <= owner) heads.push(0);
    block.next[n % BLOCK] = heads[owner] as number;
    heads[owner] = n + 1;
  }
}

/** The low half of a key, which is mixed well. */
const hashOf = (key: number): number => (key % 0x1_0000_0000) | 0;
