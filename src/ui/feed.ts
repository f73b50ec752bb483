/**
 * The state as it changes: looked at when its file changes and at a steady beat, for times pass and holders die without a
 * change of the file. A file that is the same is neither read nor parsed again.
 */

import type { State } from '../core/model/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';

export interface FeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** A look that failed; the next one is made all the same. */
  readonly onTrouble: (error: unknown) => void;
}

/** However busy the pool is, nobody reads faster. */
const LEAST_GAP_MS = 100;
/** Asking the kernel who has died costs more than all the rest of a look. */
const DEATHS_EVERY_MS = 5_000;

class Feed {
  readonly #options: FeedOptions;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isLooking = false;
  #hasChanged = false;
  #lookedAt = 0;
  #document: State | null = null;
  #last: Snapshot | null = null;
  #readAt = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): () => void {
    const stopWatching = this.#options.store.watch(() => this.#onChange());
    void this.#look();
    return () => {
      this.#isOver = true;
      clearTimeout(this.#timer);
      stopWatching();
    };
  }

  #onChange(): void {
    if (this.#isOver || this.#hasChanged) return;
    this.#hasChanged = true;
    if (!this.#isLooking) this.#next();
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const waitMs = this.#hasChanged ? LEAST_GAP_MS : this.#options.intervalMs;
    const sinceMs = Math.max(0, this.#options.clock.now() - this.#lookedAt);
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, waitMs - sinceMs));
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#hasChanged = false;
    this.#lookedAt = this.#options.clock.now();
    try {
      const snapshot = await this.#snapshot();
      if (!this.#isOver) this.#options.onSnapshot(snapshot);
    } catch (error) {
      if (!this.#isOver) this.#options.onTrouble(error);
    }
    this.#isLooking = false;
    this.#next();
  }

  async #snapshot(): Promise<Snapshot> {
    const { store, clock } = this.#options;
    const now = clock.now();
    const document = await store.peek();
    if (this.#last !== null && document === this.#document && Math.abs(now - this.#readAt) < DEATHS_EVERY_MS)
      return { ...this.#last, environment: { ...this.#last.environment, now } };
    this.#last = await store.read();
    this.#document = document;
    this.#readAt = now;
    return this.#last;
  }
}

/** Begins with a look at once. Returns how to stop; nothing is called after that. */
export const follow = (options: FeedOptions): (() => void) => new Feed(options).start();
