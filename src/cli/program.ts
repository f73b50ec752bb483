/**
 * The full reading of a command line, by commander: help, version, mistakes with the nearest spelling. Loaded when the
 * fast reader gave up.
 */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import type { CommandModule, CommandSpec, OptionSpec, Typed } from './command.ts';
import { GLOBAL_OPTIONS, splitRest } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { commandHelp, programHelp } from './help.ts';
import { usageError } from './values.ts';

/** What was asked for: a command to run, or a text that is the whole answer. */
export type Reading = { readonly module: CommandModule; readonly typed: Typed } | { readonly text: string };

function addOption(command: Command, { name, short, value, optionalValue, help }: OptionSpec): void {
  const word = value === undefined ? '' : optionalValue ? ` [${value}]` : ` <${value}>`;
  command.option(`${short ? `-${short}, ` : ''}--${name}${word}`, help);
}

function addOperands(command: Command, spec: CommandSpec): void {
  for (const { name, required, variadic } of spec.operands) {
    const word = `${name}${variadic ? '...' : ''}`;
    command.argument(required ? `<${word}>` : `[${word}]`);
  }
}

const camel = (name: string): string => name.replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase());

function typedFrom(
  spec: CommandSpec,
  operands: readonly string[],
  values: Record<string, unknown>,
  rest: readonly string[],
): Typed {
  const options = new Map<string, string>();
  for (const { name } of [...spec.options, ...GLOBAL_OPTIONS]) {
    const negated = name.startsWith('no-');
    const value = values[camel(negated ? name.slice(3) : name)];
    if (negated ? value === false : value !== undefined && value !== false) {
      options.set(name, typeof value === 'string' ? value : '');
    }
  }
  return { operands, options, rest };
}

/** An optional value is only taken after `=`; commander would take the next word. */
function closeOptionalValues(specs: readonly CommandSpec[], argv: readonly string[]): string[] {
  const empty = argv.find((word) => /^--[a-z-]+=$/.test(word));
  if (empty) throw usageError(`${empty} has nothing behind it`, 'is the variable in it set?');
  const optional = new Set(
    specs.flatMap((spec) => spec.options.filter((option) => option.optionalValue).map((option) => `--${option.name}`)),
  );
  return argv.map((word) => (optional.has(word) ? `${word}=` : word));
}

function mistake(error: CommanderError, invokedAs: string): Error {
  if (error.code === 'commander.help') return usageError('no command was named', `see: ${invokedAs} --help`);
  const [first = '', second = ''] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (.*?)\?/.exec(second)?.[1];
  return usageError(first, meant ? `did you mean ${meant}?` : `see: ${invokedAs} --help`);
}

function parse(command: Command, argv: readonly string[], invokedAs: string): void {
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw mistake(error, invokedAs);
    throw error;
  }
}

const quiet = (command: Command): Command =>
  command
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
    .helpOption(false)
    .helpCommand(false);

/** Words before `--` that ask for help or the version, wherever they stand. */
function asksFor(argv: readonly string[], words: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => words.includes(word));
}

/** Words behind `--` are somebody else's command line; without any there is nothing to run. */
function ownWords(spec: CommandSpec, words: readonly string[], invokedAs: string): ReturnType<typeof splitRest> {
  const [own, rest] = splitRest(spec, words);
  if (spec.rest !== undefined && rest.length === 0 && !asksFor(own, ['--help', '-h', '--version'])) {
    const hint = `write it behind --, like: ${spec.examples[0]?.[0] ?? `${invokedAs} -- COMMAND`}`;
    throw usageError(`no ${spec.rest.name} was given`, hint);
  }
  return [own, rest];
}

async function readOne(name: string, invokedAs: string, words: readonly string[]): Promise<Reading> {
  const load = COMMANDS[name] as () => Promise<CommandModule>;
  const module = await load();
  const [argv, rest] = ownWords(module.spec, words, invokedAs);
  if (asksFor(argv, ['--help', '-h'])) return { text: commandHelp(module.spec, invokedAs) };
  if (asksFor(argv, ['--version'])) return { text: VERSION };
  const command = quiet(new Command(invokedAs));
  addOperands(command, module.spec);
  for (const option of [...module.spec.options, ...GLOBAL_OPTIONS]) addOption(command, option);
  command.action(() => {});
  parse(command, closeOptionalValues([module.spec], argv), invokedAs);
  return { module, typed: typedFrom(module.spec, command.args, command.opts(), rest) };
}

/** Reads `resource-manager …`; throws ExpectedError 64 for a mistake. */
async function readAny(words: readonly string[]): Promise<Reading> {
  const called = words.find((word) => COMMANDS[word] !== undefined);
  const calledSpec =
    called === undefined ? undefined : (await (COMMANDS[called] as () => Promise<CommandModule>)()).spec;
  const [argv, rest] = calledSpec ? ownWords(calledSpec, words, `resource-manager ${called}`) : [words, []];
  const modules = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const specs = modules.map(({ spec }) => spec);
  const wantsHelp = asksFor(argv, ['--help', '-h']) || argv[0] === 'help' || argv.length === 0;
  const named = argv.find((word) => COMMANDS[word] !== undefined);
  if (wantsHelp) {
    const spec = specs.find(({ name }) => name === named);
    return { text: spec ? commandHelp(spec, `resource-manager ${spec.name}`) : programHelp(specs) };
  }
  if (asksFor(argv, ['--version'])) return { text: VERSION };

  const program = quiet(new Command('resource-manager'));
  for (const option of GLOBAL_OPTIONS) addOption(program, option);
  let reading: Reading | null = null;
  for (const module of modules) {
    const command = quiet(program.command(module.spec.name));
    addOperands(command, module.spec);
    for (const option of module.spec.options) addOption(command, option);
    command.action(() => {
      reading = { module, typed: typedFrom(module.spec, command.args, command.optsWithGlobals(), rest) };
    });
  }
  parse(
    program,
    closeOptionalValues(specs, argv),
    named === undefined ? 'resource-manager' : `resource-manager ${named}`,
  );
  if (reading === null) throw usageError('no command was named', 'see: resource-manager --help');
  return reading;
}

export const readWithCommander = (
  command: string | null,
  invokedAs: string,
  argv: readonly string[],
): Promise<Reading> => (command === null ? readAny(argv) : readOne(command, invokedAs, argv));
