/**
 * The terminal as a full screen: alternate buffer, no cursor, no line wrap, single keys. Except after SIGKILL, the terminal
 * is restored however this process ends or stops.
 */
import { isatty } from 'node:tty';
import type { Variables } from '../../ports/host.ts';
import type { Screen, ScreenListener } from '../../ports/terminal.ts';
import { repaint } from '../../render/top/repaint.ts';
import { toTerminal } from './colours.ts';
import { writeWhole } from './write.ts';

const STDIN = 0;
const STDOUT = 1;
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[m\u001b[?7h\u001b[?25h\u001b[?1049l';
/** A stop takes effect at once. If the kernel ignores it (no shell could continue us), we go on after this time. */
const STOPPED_MS = 100;

class TerminalScreen implements Screen {
  #listener: ScreenListener | null = null;
  /** Raw mode and the alternate buffer are on. */
  #isOn = false;
  #shown: readonly string[] | null = null;

  size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = process.stdout;
    return { columns: columns || 80, rows: rows || 24 };
  }

  enter(listener: ScreenListener): void {
    this.#listener = listener;
    process.on('exit', this.#leaveAtExit);
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
    process.stdout.on('resize', this.#onResize);
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', this.#onInput);
    process.stdin.on('end', this.#onGone);
    process.stdin.on('error', this.#onGone);
    this.#turnOn();
    process.stdin.resume();
  }

  show(lines: readonly string[]): void {
    if (!this.#isOn) return;
    const safe = lines.map(toTerminal);
    const bytes = repaint(this.#shown, safe, this.size().columns);
    this.#shown = safe;
    if (bytes !== '') this.#send(bytes);
  }

  forget(): void {
    this.#shown = null;
  }

  suspend(): void {
    // Stops the whole group, as the terminal would: a shell script that runs us must stop, too.
    process.kill(0, 'SIGTSTP');
  }

  leave(): void {
    if (this.#listener === null) return;
    this.#listener = null;
    this.#turnOff();
    process.removeListener('exit', this.#leaveAtExit);
    process.removeListener('SIGTSTP', this.#onStop);
    process.removeListener('SIGCONT', this.#onContinue);
    process.stdout.removeListener('resize', this.#onResize);
    process.stdin.removeListener('data', this.#onInput);
    process.stdin.removeListener('end', this.#onGone);
    process.stdin.removeListener('error', this.#onGone);
    process.stdin.pause();
  }

  #turnOn(): void {
    // Twice, because a shell may have changed the mode without libuv's knowledge.
    this.#setRaw(false);
    this.#setRaw(true);
    this.#shown = null;
    this.#isOn = true;
    this.#send(ENTER);
  }

  #turnOff(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#send(LEAVE);
    this.#setRaw(false);
  }

  /** Sets the mode; a terminal that is gone needs none. */
  #setRaw(isRaw: boolean): void {
    try {
      process.stdin.setRawMode(isRaw);
    } catch {
      this.#listener?.onGone();
    }
  }

  #send(bytes: string): void {
    try {
      writeWhole(STDOUT, bytes);
    } catch {
      this.#listener?.onGone();
    }
  }

  readonly #leaveAtExit = (): void => this.#turnOff();
  readonly #onInput = (text: string): void => this.#listener?.onInput(text);
  readonly #onGone = (): void => this.#listener?.onGone();
  readonly #onResize = (): void => {
    this.#shown = null;
    this.#listener?.onResize();
  };

  readonly #onStop = (): void => {
    this.#turnOff();
    process.removeListener('SIGTSTP', this.#onStop);
    process.kill(process.pid, 'SIGTSTP');
    setTimeout(this.#onContinue, STOPPED_MS);
  };

  readonly #onContinue = (): void => {
    if (this.#listener === null) return;
    if (process.listenerCount('SIGTSTP') === 0) process.on('SIGTSTP', this.#onStop);
    this.#turnOn();
    this.#listener.onResize();
  };
}

/** The screen; null if input or output is not a terminal, or the terminal is `dumb`. */
export function openScreen(env: Variables): Screen | null {
  return env.TERM !== 'dumb' && isatty(STDIN) && isatty(STDOUT) ? new TerminalScreen() : null;
}
