/**
 * Waiting for a ticket: a change of the file wakes the waiter, and it looks without the lock. The process that releases
 * slots also grants them. Deaths change no file, so waiters also look at intervals, which grow with their place in the
 * queue, so that a thousand waiters cost no more than a few.
 */
import { STEADY_BEAT_MS } from '../core/model/beat.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import { EXIT } from '../errors.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';

export type WaitEnd =
  | { readonly kind: 'granted'; readonly lease: Lease; readonly state: State }
  | { readonly kind: 'time-is-up' | 'interrupted' }
  /** The ticket left the queue without a grant. */
  | { readonly kind: 'gone' };

export interface GrantWaitOptions {
  readonly store: Store;
  readonly ticket: string;
  /** Milliseconds; null waits for ever. */
  readonly timeoutMs: number | null;
  /** Ends the wait early. */
  readonly signal: AbortSignal | undefined;
}

const BEAT_MS = 1_000;
const SLOWEST_BEAT_MS = 30_000;
/** The wait fails after more than this many damaged reads in a row. */
const BROKEN_LOOKS = 60;
const BAD_FILE: number = EXIT.badFile;

/** Number of waiting processes before this ticket; -1 when it has left the queue. */
const rank = ({ state }: Snapshot, ticket: string): number =>
  state.queue.filter((entry) => entry.waiter !== null).findIndex((entry) => entry.ticket === ticket);

/** Resolves when the wait is over. Throws what reading throws (65, 74, 77). */
export function waitForTicket({ store, ticket, timeoutMs, signal }: GrantWaitOptions): Promise<WaitEnd> {
  return new Promise((resolve, reject) => {
    let beat: NodeJS.Timeout | undefined;
    let isOver = false;
    let brokenLooks = 0;
    let isLooking = false;
    let lookAgain = false;

    const finish = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(beat);
      clearTimeout(deadline);
      stopWatching();
      signal?.removeEventListener('abort', interrupt);
      settle();
    };

    /** Only one timer at a time: a second one would keep the process alive after its answer. */
    const nextLookIn = (ms: number): void => {
      clearTimeout(beat);
      beat = setTimeout(() => void start(), ms);
    };

    const leaseIn = (state: State): Lease | undefined => state.leases.find((held) => held.ticket === ticket);

    /** Finds out whether the ticket is granted, gone or still waits. The first waiter also settles what is due. */
    const look = async (): Promise<void> => {
      store.beat([], STEADY_BEAT_MS);
      let state = await store.peek();
      let lease = leaseIn(state);
      // Most looks find the grant in the file.
      if (lease) return finish(() => resolve({ kind: 'granted', lease: lease as Lease, state }));
      let snapshot: Snapshot = await store.read();
      if (snapshot.isDue && rank(snapshot, ticket) <= 0) snapshot = await store.transact({ kind: 'settle' });
      ({ state } = snapshot);
      lease = leaseIn(state);
      if (lease) return finish(() => resolve({ kind: 'granted', lease: lease as Lease, state }));
      const place = rank(snapshot, ticket);
      if (place < 0) return finish(() => resolve({ kind: 'gone' }));
      if (isOver) return;
      nextLookIn(Math.min(SLOWEST_BEAT_MS, BEAT_MS * (place + 1)));
    };

    const start = async (): Promise<void> => {
      if (isOver) return;
      lookAgain = isLooking;
      if (isLooking) return;
      isLooking = true;
      try {
        await look();
        brokenLooks = 0;
      } catch (error) {
        brokenLooks += 1;
        // A person may be editing the file; a typo soon corrected must not end a wait of hours.
        if ((error as { exit?: number }).exit !== BAD_FILE || brokenLooks > BROKEN_LOOKS) finish(() => reject(error));
        else if (!isOver) nextLookIn(BEAT_MS);
      }
      isLooking = false;
      if (lookAgain) void start();
    };

    const deadline =
      timeoutMs === null ? undefined : setTimeout(() => finish(() => resolve({ kind: 'time-is-up' })), timeoutMs);
    const stopWatching = store.watch(() => {
      if (!store.stillQueued(ticket)) void start();
    });
    const interrupt = (): void => finish(() => resolve({ kind: 'interrupted' }));
    signal?.addEventListener('abort', interrupt);
    if (signal?.aborted) interrupt();
    void start();
  });
}
