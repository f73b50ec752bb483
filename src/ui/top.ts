/** The loop of `top`: reads the state, handles keys and signals, and draws. It restores the terminal at the end. */
import { messageOf } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import type { Styles } from '../ports/styles.ts';
import type { Screen } from '../ports/terminal.ts';
import { visible } from '../render/text/columns.ts';
import { type Board, boardOf } from '../render/top/board.ts';
import { frame } from '../render/top/frame.ts';
import { FIRST_VIEW, type View } from '../render/top/view.ts';
import { follow } from './feed.ts';
import { decodeKeys } from './keys.ts';
import { press } from './press.ts';

export interface TopParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly screen: Screen;
  readonly styles: Styles;
  readonly intervalMs: number;
  readonly onInterrupt: (onSignal: (signal: number) => void) => () => void;
  /** Kills a project and resolves to its result in one line. */
  readonly kill: (project: string) => Promise<string>;
  /** Prints a line after the screen is left. */
  readonly tell: (line: string) => void;
}

const SIGHUP = 1;
/** The bytes of one key arrive within this time; an escape without more is the escape key. */
const ESCAPE_MS = 50;

const words = (error: unknown): string => visible(messageOf(error));

class Top {
  readonly #parts: TopParts;
  #board: Board;
  #view: View = FIRST_VIEW;
  #typed = '';
  #escape: NodeJS.Timeout | undefined;
  #trouble: string | null = null;
  #killing: Promise<void> | null = null;
  #isOver = false;
  #end: (signal: number | null) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(parts: TopParts, first: Snapshot) {
    this.#parts = parts;
    this.#board = boardOf(first);
  }

  /** Runs until a key or a signal ends it. Returns the number of the signal, or null. */
  async run(): Promise<number | null> {
    const { screen, store, clock, intervalMs, onInterrupt } = this.#parts;
    const over = new Promise<number | null>((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    const stopListening = onInterrupt((signal) => this.#end(signal));
    screen.enter({
      onInput: (text) => this.#guard(() => this.#onInput(text)),
      onResize: () => this.#guard(() => this.#draw()),
      onGone: () => this.#end(SIGHUP),
    });
    this.#guard(() => this.#draw());
    const stopFollowing = follow({
      store,
      clock,
      intervalMs,
      onSnapshot: (snapshot) => this.#guard(() => this.#onSnapshot(snapshot)),
      onTrouble: (error) => this.#guard(() => this.#onTrouble(error)),
    });
    try {
      return await over;
    } finally {
      this.#isOver = true;
      clearTimeout(this.#escape);
      stopFollowing();
      screen.leave();
      if (this.#killing !== null) {
        this.#parts.tell('waiting for the kill to finish');
        await this.#killing;
        if (this.#view.message !== null) this.#parts.tell(this.#view.message.text);
      }
      stopListening();
    }
  }

  /** An error in a callback ends the loop, so that the screen is left before the error is printed. */
  #guard(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #draw(): void {
    const { screen, styles } = this.#parts;
    screen.show(frame(this.#board, this.#view, screen.size(), styles));
  }

  #onSnapshot(snapshot: Snapshot): void {
    this.#board = boardOf(snapshot);
    if (this.#trouble !== null) {
      if (this.#view.message?.text === this.#trouble) this.#view = { ...this.#view, message: null };
      this.#trouble = null;
    }
    this.#draw();
  }

  #onTrouble(error: unknown): void {
    this.#trouble = `not up to date: ${words(error)}`;
    this.#say(this.#trouble, true);
  }

  #say(text: string, isBad: boolean): void {
    this.#view = { ...this.#view, message: { text: visible(text), isBad } };
    if (!this.#isOver) this.#draw();
  }

  #onInput(text: string): void {
    clearTimeout(this.#escape);
    this.#typed += text;
    this.#take(false);
    if (this.#typed !== '') this.#escape = setTimeout(() => this.#guard(() => this.#take(true)), ESCAPE_MS);
  }

  #take(isFinal: boolean): void {
    const { keys, rest } = decodeKeys(this.#typed, isFinal);
    this.#typed = rest;
    for (const key of keys) this.#onKey(key);
    if (!this.#isOver) this.#draw();
  }

  #onKey(key: string): void {
    const { view, action } = press(this.#view, key, this.#board);
    this.#view = view;
    if (action?.kind === 'quit') this.#end(null);
    if (action?.kind === 'redraw') this.#parts.screen.forget();
    if (action?.kind === 'suspend') this.#parts.screen.suspend();
    if (action?.kind === 'kill') this.#kill(action.project);
  }

  #kill(project: string): void {
    if (this.#killing !== null) {
      this.#say('the last kill is still running', true);
      return;
    }
    this.#say(`killing ${project}: its processes have 10 seconds to end by themselves`, false);
    this.#killing = this.#parts
      .kill(project)
      .then(
        (line) => this.#say(line, false),
        (error) => this.#say(words(error), true),
      )
      .finally(() => {
        this.#killing = null;
      });
  }
}

/** Runs `top` and returns the exit code. Throws the store's errors before it takes the screen. */
export async function runTop(parts: TopParts): Promise<number> {
  const signal = await new Top(parts, await parts.store.read()).run();
  return signal === null ? 0 : 128 + signal;
}
