/** The ports to the two outputs and to the whole screen. */
import type { Styles } from './styles.ts';

export interface Out {
  /**
   * Writes the answer to standard output, on a cleared screen if wanted. False when its reader is gone, which is no error.
   * Escapes and control characters in it are written out, except for those of `styles`; so they are in notes.
   */
  answer(text: string, isOnClearScreen?: boolean): boolean;
  /** Writes a note to standard error. */
  note(text: string): void;
  readonly styles: Styles;
  /** Columns of the terminal now; 1000, which cuts nothing, without a terminal. */
  readonly width: number;
  /** The answer goes to a terminal. */
  readonly isTerminal: boolean;
}

/** Events of a screen. */
export interface ScreenListener {
  /** Typed text, as the terminal sends it. */
  onInput(text: string): void;
  onResize(): void;
  /** The terminal is gone. */
  onGone(): void;
}

/** The whole terminal. `leave` restores it, and so does the end of the process. */
export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  enter(listener: ScreenListener): void;
  /** Shows these lines from the top; only differences from the last ones are sent. */
  show(lines: readonly string[]): void;
  /** Sends everything again with the next `show`. */
  forget(): void;
  /** Stops this process and its group as Ctrl-Z does, and restores the terminal meanwhile. */
  suspend(): void;
  leave(): void;
}

/** Asks on the terminal; null where there is none to ask on. */
export type Ask = { ask(question: string): Promise<string | null> };

/** Null when there is no terminal on both sides, or one that has no screen. */
export type OpenScreen = { openScreen(): Promise<Screen | null> };

/** Runs `onSignal` when the user or the system asks this process to end. Returns how to stop listening. */
export type OnInterrupt = { onInterrupt(onSignal: (signal: number) => void): () => void };
