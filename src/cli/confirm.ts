import type { Ask } from '../ports/terminal.ts';
import type { Invocation } from './invocation.ts';
import { usageError } from './values.ts';

/** Asks on the terminal. Without one it throws ExpectedError 64, unless `--yes` is given. */
export async function confirmed(invocation: Invocation, ports: Ask, question: string, line: string): Promise<boolean> {
  if (invocation.has('yes')) return true;
  const said = await ports.ask(`${question} [y/N] `);
  if (said === null)
    throw usageError(
      'this needs a confirmation, and there is no terminal to ask on',
      `list them first with --dry-run, or confirm: ${line} --yes`,
    );
  return /^y(?:es)?$/i.test(said.trim());
}
