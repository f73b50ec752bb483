/**
 * Records acts on processes. An act has a short head start for its record, so that other commands see it and a crash
 * leaves a trace; then it goes on without: ending and resuming must not depend on a state that can be written.
 */
import type { Command } from '../core/transition.ts';
import type { ActWriter } from '../ports/monitor.ts';
import type { Committed } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';

const HEAD_START_MS = 300;

export class ActRecord implements ActWriter {
  readonly #store: Pick<Store, 'transact'>;
  readonly #onFailure: (error: unknown) => void;
  #failure: { readonly error: unknown } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Pick<Store, 'transact'>, onFailure: (error: unknown) => void = () => {}) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /** Records, and never rejects; null for a record that could not be written. */
  write(command: Command): Promise<Committed | null> {
    const written = this.#store.transact(command).then(
      (committed) => {
        this.#failure = null;
        return committed;
      },
      (error) => {
        this.#failure = { error };
        this.#onFailure(error);
        return null;
      },
    );
    this.#last = written;
    return written;
  }

  /** Like `write`, but resolves to null when the head start is over; the record is then still being written. */
  begin(command: Command): Promise<Committed | null> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, HEAD_START_MS, null);
    });
    return Promise.race([this.write(command), over]).finally(() => clearTimeout(timer));
  }

  /** The failure of the last record; null if it was written. */
  async failure(): Promise<{ readonly error: unknown } | null> {
    await this.#last;
    return this.#failure;
  }
}
