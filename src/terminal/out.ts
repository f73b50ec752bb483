/** Standard output and error written directly: `process.stdout` costs a cold start several milliseconds. */
import { fstatSync, writeSync } from 'node:fs';
import type { Out, Styles } from '../context.ts';
import { EXIT, ExpectedError, errnoOf } from '../errors.ts';
import { plainStyles } from '../render/styles.ts';

const STDOUT = 1;
const STDERR = 2;
/** Reader of a full pipe is given this long before we look again. */
const RETRY_MS = 2;

function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // Whoever reads has gone; there is nobody left to tell.
      if (errnoOf(error) === 'EPIPE') return;
      if (errnoOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/** Code of the error for an answer that could not be given. */
export const NO_STDOUT = 'no-stdout';

function writeAnswer(text: string): void {
  try {
    writeWhole(STDOUT, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExpectedError(NO_STDOUT, `cannot write the answer to standard output: ${why}`, {
      hint: 'what was asked for may have been done all the same; see resource-status',
      exit: EXIT.ioError,
      cause: error,
    });
  }
}

async function isTerminal(fd: number): Promise<boolean> {
  try {
    // Loading node:tty is only worth it when the descriptor may be one.
    return fstatSync(fd).isCharacterDevice() && (await import('node:tty')).isatty(fd);
  } catch {
    return false;
  }
}

/** What the user's environment and terminal say about colour: NO_COLOR, FORCE_COLOR, TERM, a missing terminal. */
async function wantsColor(env: Readonly<Record<string, string | undefined>>, plain: boolean): Promise<boolean> {
  if (plain || env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return env.TERM !== 'dumb' && (await isTerminal(STDOUT));
}

async function styles(color: boolean, emoji: boolean): Promise<Styles> {
  if (!color) return plainStyles(emoji);
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { emoji, bold: chalk.bold, dim: chalk.dim, good: chalk.green, warn: chalk.yellow, bad: chalk.red };
}

const UNCUT = 1_000;

async function terminalWidth(env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const stated = Number(env.COLUMNS);
  if (Number.isInteger(stated) && stated > 0) return stated;
  return (await isTerminal(STDOUT)) ? process.stdout.columns || 80 : UNCUT;
}

export async function openOut(env: Readonly<Record<string, string | undefined>>, plain: boolean): Promise<Out> {
  const emoji = !plain && !env.NO_EMOJI;
  return {
    answer: writeAnswer,
    note: (text) => writeWhole(STDERR, text),
    styles: await styles(await wantsColor(env, plain), emoji),
    width: await terminalWidth(env),
  };
}
