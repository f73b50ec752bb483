/** Parses a command line with commander: a command with its words, or the text of --help or --version. */
import { Command, CommanderError } from 'commander';
import { nearest } from '../core/nearest.ts';
import { VERSION } from '../version.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import type { AnyCommand } from './commands/index.ts';
import { COMMANDS, GROUPS } from './commands/index.ts';
import { commandHelp, programHelp } from './help.ts';
import type { ParsedArgs } from './invocation.ts';
import { usageError } from './values.ts';

export type Reading = { readonly command: AnyCommand; readonly args: ParsedArgs } | { readonly text: string };

const PROGRAM = 'resource-manager';
const HELP = ['--help', '-h'];
const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/;

function commanderOf(spec: CommandSpec, options: Map<string, string>): Command {
  const command = new Command()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .helpOption(false);
  for (const { name, required, variadic } of spec.operands) {
    const word = `${name}${variadic ? '...' : ''}`;
    command.argument(required ? `<${word}>` : `[${word}]`);
  }
  for (const { name, short, value, optionalValue } of [...spec.options, ...GLOBAL_OPTIONS]) {
    const word = value === undefined ? '' : optionalValue ? ` [${value}]` : ` <${value}>`;
    command.option(`${short ? `-${short}, ` : ''}--${name}${word}`);
    command.on(`option:${name}`, (text?: string | null) => options.set(name, text ?? ''));
  }
  return command;
}

/**
 * Commander takes any next word as the optional value of an option. We take only the text after `=`, or a next word that
 * is a duration, which cannot be an operand.
 */
function withOptionalValues(options: readonly OptionSpec[], words: readonly string[]): string[] {
  const empty = words.find((word) => /^--[a-z-]+=$/.test(word));
  if (empty) throw usageError(`${empty} has no value`, 'is the variable set?');
  const optional = new Set(options.filter((option) => option.optionalValue).map((option) => `--${option.name}=`));
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1) ?? '';
    if (optional.has(last) && DURATION.test(word)) joined[joined.length - 1] = `${last}${word}`;
    else joined.push(optional.has(`${word}=`) ? `${word}=` : word);
  }
  return joined;
}

function mistake({ code, message }: CommanderError, spec: CommandSpec, invokedAs: string): Error {
  const text = message
    .replace(/^error: /, '')
    .replace(/\. Expected (\d+) .* but got (\d+)\.$/, ': expected $1, got $2');
  const word = code === 'commander.unknownOption' ? /'(.*)'/.exec(text)?.[1] : undefined;
  const meant =
    word &&
    nearest(
      word,
      [...spec.options, ...GLOBAL_OPTIONS].map((option) => `--${option.name}`),
    );
  return usageError(text.split('\n')[0] ?? '', meant ? `did you mean ${meant}?` : `see: ${invokedAs} --help`);
}

/** Parses the words of one command; `rest` is kept as it is. */
function parse(spec: CommandSpec, words: readonly string[], rest: readonly string[], invokedAs: string): ParsedArgs {
  const options = new Map<string, string>();
  const command = commanderOf(spec, options);
  try {
    command.parse(withOptionalValues(spec.options, words), { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? mistake(error, spec, invokedAs) : error;
  }
  return { operands: command.args, options, rest };
}

async function readCommand(name: string, invokedAs: string, argv: readonly string[]): Promise<Reading> {
  const entry = COMMANDS[name];
  if (entry === undefined) {
    const meant = nearest(name, Object.keys(COMMANDS));
    throw usageError(`unknown command '${name}'`, meant ? `did you mean ${meant}?` : `see: ${PROGRAM} --help`);
  }
  const command = await entry.load();
  const { spec } = command;
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.some((word) => HELP.includes(word))) return { text: commandHelp(entry, spec, invokedAs) };
  if (own.includes('--version')) return { text: VERSION };
  if (spec.rest === undefined) return { command, args: parse(spec, argv, [], invokedAs) };
  const rest = argv.slice(own.length + 1);
  if (rest.length === 0) {
    const hint = `write it after --, like: ${spec.examples[0]?.[0] ?? `${invokedAs} -- COMMAND`}`;
    throw usageError(`no ${spec.rest.name} was given`, hint);
  }
  return { command, args: parse(spec, own, rest, invokedAs) };
}

const VALUED = GLOBAL_OPTIONS.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`);

/** Parses the words after `invokedAs`, the name of an executable. Throws ExpectedError 64 for a mistake. */
export async function readWords(invokedAs: string, argv: readonly string[]): Promise<Reading> {
  for (const [name, { installed }] of Object.entries(COMMANDS))
    if (installed?.includes(invokedAs)) return readCommand(name, invokedAs, argv);
  // Global options may come before the name of the command.
  const at = argv.findIndex((word, place) => !word.startsWith('-') && !VALUED.includes(argv[place - 1] ?? ''));
  const name = argv[at];
  const others = argv.filter((_word, place) => place !== at);
  if (name === 'help') {
    const topic = others.find((word) => !word.startsWith('-'));
    return topic === undefined ? { text: programHelp(GROUPS) } : readCommand(topic, `${PROGRAM} ${topic}`, HELP);
  }
  if (name !== undefined) return readCommand(name, `${PROGRAM} ${name}`, others);
  if (argv.length === 0 || argv.some((word) => HELP.includes(word))) return { text: programHelp(GROUPS) };
  if (argv.includes('--version')) return { text: VERSION };
  parse({ about: '', operands: [], options: [], examples: [] }, argv, [], PROGRAM);
  throw usageError('no command was named', `see: ${PROGRAM} --help`);
}
