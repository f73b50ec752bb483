import type { Context } from '../ports/context.ts';

/** Signals that ask this process to end, heard from the moment it is opened: one between asking and waiting is not lost. */
export interface Interrupts {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** The first signal that came, by number; null before. */
  readonly number: () => number | null;
  readonly stop: () => void;
}

/** Listens until it is stopped. */
export function listenForInterrupts({ onInterrupt }: Pick<Context, 'onInterrupt'>): Interrupts {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = onInterrupt((number) => controller.abort(number));
  return { signal, number: () => (signal.aborted ? (signal.reason as number) : null), stop };
}
