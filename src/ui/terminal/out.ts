/** Writes to standard output and error directly: `process.stdout` costs a cold start several milliseconds. */
import { fstatSync, statSync } from 'node:fs';
import { EXIT, ExpectedError, messageOf } from '../../errors.ts';
import type { Variables } from '../../ports/host.ts';
import type { Styles } from '../../ports/styles.ts';
import type { Out } from '../../ports/terminal.ts';
import { plainStyles } from '../../render/text/styles.ts';
import { ownColour, toTerminal } from './colours.ts';
import { writeWhole } from './write.ts';

const STDOUT = 1;
const STDERR = 2;

/** Code of the error for an answer that could not be written. */
export const NO_STDOUT = 'no-stdout';

const HOME_AND_CLEAR = '\u001b[H\u001b[J';

function writeAnswer(text: string, isOnClearScreen = false): boolean {
  try {
    return writeWhole(STDOUT, `${isOnClearScreen ? HOME_AND_CLEAR : ''}${toTerminal(text)}\n`);
  } catch (error) {
    const why = messageOf(error);
    throw new ExpectedError(NO_STDOUT, `cannot write the answer to standard output: ${why}`, {
      hint: 'the command itself may have taken effect; see resource-status',
      exit: EXIT.ioError,
      cause: error,
    });
  }
}

async function isTerminal(fd: number): Promise<boolean> {
  try {
    const stats = fstatSync(fd);
    // Loading node:tty costs a cold start six milliseconds.
    if (!stats.isCharacterDevice() || stats.rdev === statSync('/dev/null').rdev) return false;
    return (await import('node:tty')).isatty(fd);
  } catch {
    return false;
  }
}

/** True if colour is wanted, by NO_COLOR, FORCE_COLOR, TERM and whether there is a terminal. */
function wantsColor(env: Variables, plain: boolean, isOnTerminal: boolean): boolean {
  if (plain || env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return env.TERM !== 'dumb' && isOnTerminal;
}

async function styles(color: boolean, emoji: boolean): Promise<Styles> {
  if (!color) return plainStyles(emoji);
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    emoji,
    bold: ownColour(chalk.bold),
    dim: ownColour(chalk.dim),
    good: ownColour(chalk.green),
    warn: ownColour(chalk.yellow),
    bad: ownColour(chalk.red),
  };
}

const UNCUT = 1_000;

export async function openOut(env: Variables, plain: boolean): Promise<Out> {
  const emoji = !plain && !env.NO_EMOJI;
  const isOnTerminal = await isTerminal(STDOUT);
  const stated = Number(env.COLUMNS);
  const fixed = Number.isInteger(stated) && stated > 0 ? stated : isOnTerminal ? null : UNCUT;
  return {
    answer: writeAnswer,
    note: (text) => void writeWhole(STDERR, `${toTerminal(text)}\n`),
    styles: await styles(wantsColor(env, plain, isOnTerminal), emoji),
    get width() {
      return fixed ?? (process.stdout.columns || 80);
    },
    isTerminal: isOnTerminal,
  };
}
