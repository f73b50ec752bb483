/**
 * The composition root of the commands: reads the words, opens the ports, runs the command, and turns its result or its
 * error into an exit code. Only the roots read argv and the environment, and set the exit code.
 */
import { Invocation } from '../cli/invocation.ts';
import { readWords } from '../cli/program.ts';
import { EXIT, ExpectedError, errnoOf, InternalError, systemError } from '../errors.ts';
import type { Out } from '../ports/terminal.ts';
import { errorJson } from '../render/json/json.ts';
import { NO_STDOUT, openOut } from '../ui/terminal/out.ts';
import { openMachine } from './open-machine.ts';
import { openPorts } from './wiring.ts';

function asExpected(error: unknown): ExpectedError {
  if (error instanceof ExpectedError) return error;
  if (errnoOf(error) !== undefined)
    return systemError('use', (error as NodeJS.ErrnoException).path ?? 'the state', error);
  const id = error instanceof InternalError ? error.id : 'unforeseen-0001';
  const message = error instanceof Error ? error.message : String(error);
  return new ExpectedError('internal', `internal error ${id}: ${message}`, {
    hint: `the state is unchanged or complete; please report the id ${id}, with the stack that -v prints`,
    exit: EXIT.internal,
    cause: error,
  });
}

function report(out: Out, thrown: unknown, wantsJson: boolean, isVerbose: boolean): number {
  const error = asExpected(thrown);
  if (wantsJson && error.code !== NO_STDOUT) out.answer(JSON.stringify(errorJson(error)));
  else {
    out.note(`${out.styles.bad('error:')} ${error.message}`);
    if (error.hint !== null) out.note(`hint: ${error.hint}`);
  }
  if (isVerbose) out.note(String((thrown instanceof Error && thrown.stack) || thrown));
  return error.exit;
}

let isReached = false;

/** True once this process has run a command, not only parsed its words. */
export const hasRun = (): boolean => isReached;

/** Runs the command of the executable `invokedAs`, in the package at `root`, and sets the exit code. */
export async function main(invokedAs: string, root: string): Promise<void> {
  const argv = process.argv.slice(2);
  const out = await openOut(process.env, argv.includes('--no-color'));
  try {
    const reading = await readWords(invokedAs, argv);
    if ('text' in reading) out.answer(reading.text);
    else {
      const { command, args } = reading;
      const ports = openPorts(root, args, out, await openMachine());
      process.exitCode = await command.run(new Invocation(args, out), ports);
      isReached = true;
    }
  } catch (error) {
    process.exitCode = report(out, error, argv.includes('--json'), argv.includes('-v') || argv.includes('--verbose'));
  }
}
