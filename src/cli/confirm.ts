import type { Context } from '../ports/context.ts';
import type { Typed } from './command.ts';
import { has, usageError } from './values.ts';

/** Asks on a terminal; elsewhere nobody can be asked, so `--yes` has to be said. */
export async function confirmed(typed: Typed, context: Context, question: string, line: string): Promise<boolean> {
  if (has(typed, 'yes')) return true;
  const said = await context.ask(`${question} [y/N] `);
  if (said === null)
    throw usageError('nobody is there to be asked', `say so: ${line} --yes (or look first: --dry-run)`);
  return /^y(?:es)?$/i.test(said.trim());
}
