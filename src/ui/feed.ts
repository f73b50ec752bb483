/**
 * Follows the state: reads it when its file changes and at a fixed interval, because times pass and holders die without a
 * change of the file. An unchanged file is neither read nor parsed again.
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
  /** Called with the error of a failed look; the next look follows anyway. */
  readonly onTrouble: (error: unknown) => void;
}

/** Least time between two looks; nobody reads a screen faster. */
const LEAST_GAP_MS = 100;
/** Time between two searches for dead processes, which cost more than the rest of a look. */
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

/** Looks at once, and then repeatedly. Returns a function that stops it; no callback follows. */
export const follow = (options: FeedOptions): (() => void) => new Feed(options).start();
