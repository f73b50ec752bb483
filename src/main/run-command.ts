/**
 * Reads the words of a command line, runs the command, and turns its result or its error into an exit code. Only the
 * roots read argv and the environment, and set the exit code.
 */
import type { CommandModule, RunCommand } from '../cli/command.ts';
import { Invocation, type ParsedArgs } from '../cli/invocation.ts';
import type { Reading } from '../cli/parse.ts';
import { EXIT, ExpectedError, errnoOf, InternalError, messageOf, systemError } from '../errors.ts';
import type { MachineHost } from '../host/host.ts';
import type { Out } from '../ports/terminal.ts';
import { errorJson } from '../render/json/json.ts';
import { NO_STDOUT, openOut } from '../ui/terminal/out.ts';
import { openMachine } from './open-machine.ts';

function asExpected(error: unknown): ExpectedError {
  if (error instanceof ExpectedError) return error;
  if (errnoOf(error) !== undefined)
    return systemError('use', (error as NodeJS.ErrnoException).path ?? 'the state', error);
  const id = error instanceof InternalError ? error.id : 'unforeseen-0001';
  const message = messageOf(error);
  return new ExpectedError('internal', `internal error ${id}: ${message}`, {
    hint: `the state is unchanged or complete; please report the id ${id}, with the stack that -v prints`,
    exit: EXIT.internal,
    cause: error,
  });
}

async function report(out: Out, thrown: unknown, argv: readonly string[]): Promise<number> {
  const error = asExpected(thrown);
  const { code, message, exit } = error;
  const hint = error.hint && (await import('../cli/hint.ts')).withDir(error.hint, namedDir(argv));
  if (argv.includes('--json') && code !== NO_STDOUT)
    out.answer(JSON.stringify(errorJson({ code, message, hint, exit })));
  else {
    out.note(`${out.styles.bad('error:')} ${message}`);
    if (hint !== null) out.note(`hint: ${hint}`);
  }
  const isVerbose = argv.includes('-v') || argv.includes('--verbose');
  if (isVerbose) out.note(String((thrown instanceof Error && thrown.stack) || thrown));
  return exit;
}

/** The folder that `--dir` names, before `--`. */
function namedDir(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const at = own.findIndex((word) => word === '--dir' || word.startsWith('--dir='));
  return at < 0 ? undefined : own[at] === '--dir' ? own[at + 1] : own[at]?.slice('--dir='.length);
}

let isReached = false;

/** True once this process has run a command, not only parsed its words. */
export const hasRun = (): boolean => isReached;

/** Finds the command in the words after `invokedAs`, the name of an executable. Throws ExpectedError 64 for a mistake. */
type ReadWords<Ports> = (
  invokedAs: string,
  argv: readonly string[],
) => Promise<Reading<Pick<CommandModule, 'spec'> & { readonly run: RunCommand<Ports> }>>;

/** Opens the ports of a command with these words; `root` is the package's own folder. */
type OpenPorts<Ports> = (root: string, args: ParsedArgs, out: Out, host: MachineHost) => Ports;

/** The `main` of a bundle: runs the command of the executable `invokedAs`, and sets the exit code. */
export const mainWith =
  <Ports>(readWords: ReadWords<Ports>, openPorts: OpenPorts<Ports>) =>
  async (invokedAs: string, root: string): Promise<void> => {
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
      process.exitCode = await report(out, error, argv);
    }
  };
