import type { Context } from '../ports/context.ts';
import type { Typed } from './command.ts';
import { has, usageError } from './values.ts';

/** Asks on the terminal. Without one it throws ExpectedError 64, unless `--yes` is given. */
export async function confirmed(typed: Typed, context: Context, question: string, line: string): Promise<boolean> {
  if (has(typed, 'yes')) return true;
  const said = await context.ask(`${question} [y/N] `);
  if (said === null)
    throw usageError(
      'this needs a confirmation, and there is no terminal to ask on',
      `confirm with: ${line} --yes (or list only: --dry-run)`,
    );
  return /^y(?:es)?$/i.test(said.trim());
}
