import type { OnInterrupt } from '../ports/terminal.ts';

/** Signals that ask this process to end. Listening starts at once, so a signal between the request and the wait counts. */
export interface Interrupts {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Number of the first signal; null before. */
  readonly number: () => number | null;
  readonly stop: () => void;
}

/** Listens until it is stopped. */
export function listenForInterrupts({ onInterrupt }: OnInterrupt): Interrupts {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = onInterrupt((number) => controller.abort(number));
  return { signal, number: () => (signal.aborted ? (signal.reason as number) : null), stop };
}
