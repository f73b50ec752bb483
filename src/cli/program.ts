/** Finds the command that a command line names, or gives the general help or the version. */
import { nearest } from '../core/nearest.ts';
import { VERSION } from '../version.ts';
import { type CommandEntry, type CommandSpec, GLOBAL_OPTIONS } from './command.ts';
import { type AnyCommand, COMMANDS, GROUPS } from './commands/index.ts';
import { programHelp } from './help.ts';
import { HELP, parse, type Reading, readCommand, readInstalled } from './parse.ts';
import { usageError, verbOf } from './values.ts';

const PROGRAM = 'resource-manager';
const VALUED = GLOBAL_OPTIONS.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`);

async function readSubcommand(name: string, argv: readonly string[]): Promise<Reading<AnyCommand>> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry !== undefined) return readCommand(entry, `${PROGRAM} ${name}`, argv);
  const meant = nearest(name, Object.keys(COMMANDS));
  throw usageError(`unknown command '${name}'`, meant ? `did you mean ${meant}?` : `see: ${PROGRAM} --help`);
}

const HELP_SPEC: CommandSpec = {
  about: '',
  operands: [
    { name: 'COMMAND', required: false, help: '' },
    { name: 'SUBCOMMAND', required: false, help: '' },
  ],
  options: [],
  examples: [],
};

async function helpOn([name, verb]: readonly string[]): Promise<Reading<AnyCommand>> {
  if (name === undefined) return { text: programHelp(GROUPS) };
  const help = await readSubcommand(name, HELP);
  if (verb === undefined) return help;
  const { verbs } = (await (COMMANDS[name] as CommandEntry).load()).spec;
  if (verbs === undefined) throw usageError(`${name} has no subcommands`, `see: ${PROGRAM} ${name} --help`);
  verbOf(name, Object.keys(verbs), verb);
  return help;
}

/** Parses the words after `invokedAs`, the name of an executable. Throws ExpectedError 64 for a mistake. */
export async function readWords(invokedAs: string, argv: readonly string[]): Promise<Reading<AnyCommand>> {
  const reading = readInstalled(COMMANDS, invokedAs, argv);
  if (reading !== null) return reading;
  // Global options may come before the name of the command.
  const at = argv.findIndex((word, place) => !word.startsWith('-') && !VALUED.includes(argv[place - 1] ?? ''));
  const name = argv[at];
  const others = argv.filter((_word, place) => place !== at);
  if (name === 'help') {
    const words = others.filter((word) => !HELP.includes(word));
    return helpOn((await parse(HELP_SPEC, words, [], `${PROGRAM} help`)).operands);
  }
  if (name !== undefined) return readSubcommand(name, others);
  if (argv.length === 0 || argv.some((word) => HELP.includes(word))) return { text: programHelp(GROUPS) };
  if (argv.includes('--version')) return { text: VERSION };
  await parse({ about: '', operands: [], options: [], examples: [] }, argv, [], PROGRAM);
  throw usageError('no command was named', `see: ${PROGRAM} --help`);
}
