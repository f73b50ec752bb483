import { closeSync, openSync, readSync } from 'node:fs';
import { isatty } from 'node:tty';

const STDIN = 0;
const STDERR = 2;

/** Asks on the terminal and returns the typed line; null without a terminal. */
export function askOnTerminal(question: string, note: (text: string) => void): string | null {
  if (!isatty(STDIN) || !isatty(STDERR)) return null;
  note(question);
  const bytes = Buffer.alloc(256);
  const terminal = openSync('/dev/tty', 'r');
  try {
    return bytes.toString('utf8', 0, readSync(terminal, bytes)).split('\n')[0] ?? '';
  } finally {
    closeSync(terminal);
  }
}
