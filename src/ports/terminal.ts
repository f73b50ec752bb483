/** The ports to the two outputs and to the whole screen. */
import type { Styles } from './styles.ts';

export interface Out {
  /** The answer, on standard output. False when nobody reads it any more, which is no error. */
  answer(text: string): boolean;
  /** Everything else, on standard error. */
  note(text: string): void;
  readonly styles: Styles;
  /** Columns of the terminal as it is now; a thousand, which cuts nothing, when the answer does not go to one. */
  readonly width: number;
  /** The answer goes to a terminal. */
  readonly isTerminal: boolean;
}

/** What a screen tells whoever has it. */
export interface ScreenListener {
  /** What was typed, as the terminal sends it. */
  onInput(text: string): void;
  onResize(): void;
  /** Nobody sits there any more. */
  onGone(): void;
}

/** The whole terminal. What it was before comes back with `leave`, and also when the process ends without it. */
export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  enter(listener: ScreenListener): void;
  /** Shows these lines from the top; only what differs from the last ones is sent. */
  show(lines: readonly string[]): void;
  /** Sends everything again with the next `show`. */
  forget(): void;
  /** Stops this process and its group as Ctrl-Z does, the terminal given back meanwhile. */
  suspend(): void;
  leave(): void;
}

/** Asks on the terminal; null where there is none to ask on. */
export type Ask = { ask(question: string): Promise<string | null> };

/** Null when there is no terminal on both sides, or one that has no screen. */
export type OpenScreen = { openScreen(): Promise<Screen | null> };

/** Runs `onSignal` when the user or the system asks this process to end. Returns how to stop listening. */
export type OnInterrupt = { onInterrupt(onSignal: (signal: number) => void): () => void };
