/** Parses the words of one command with commander, and says what is wrong with them. */
import { Command, CommanderError } from 'commander';
import { parseDuration } from '../core/amounts.ts';
import { nearest } from '../core/nearest.ts';
import { type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './command.ts';
import type { ParsedArgs } from './invocation.ts';
import { quoted, usageError } from './values.ts';

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
    command.on(`option:${name}`, (text?: string | null) => {
      if (value !== undefined && !optionalValue && !text?.trim())
        throw usageError(`--${name} has no value`, 'is the variable set?');
      const given = options.get(name);
      if (given !== undefined && given !== (text ?? ''))
        throw usageError(
          `--${name} is given twice: ${quoted(given)} and ${quoted(text ?? '')}`,
          'leave one of them out',
        );
      options.set(name, text ?? '');
    });
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
    if (optional.has(last) && parseDuration(word) !== null) joined[joined.length - 1] = `${last}${word}`;
    else joined.push(optional.has(`${word}=`) ? `${word}=` : word);
  }
  return joined;
}

/**
 * Refuses an option of the command in the place of another option's value, as in `--reason --dry-run`: the value was
 * forgotten, and commander would take the option as the value.
 */
function refuseForgottenValues(known: readonly OptionSpec[], words: readonly string[]): void {
  const spellings = ({ name, short }: OptionSpec): string[] => [`--${name}`, ...(short ? [`-${short}`] : [])];
  const all = new Set(['--', ...known.flatMap(spellings)]);
  const valued = new Set(known.filter((option) => option.value && !option.optionalValue).flatMap(spellings));
  for (const [at, word] of words.entries()) {
    if (word === '--') return;
    const next = words[at + 1];
    if (!valued.has(word) || next === undefined || !all.has(next.split('=', 1)[0] as string)) continue;
    throw usageError(`${word} has no value: ${next} follows it`, `if ${next} is the value, write ${word}=${next}`);
  }
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

/** Parses the words of one command; `rest` is kept as it is. Throws ExpectedError 64 for a mistake. */
export function parseWithCommander(
  spec: CommandSpec,
  words: readonly string[],
  rest: readonly string[],
  invokedAs: string,
): ParsedArgs {
  const options = new Map<string, string>();
  const command = commanderOf(spec, options);
  refuseForgottenValues([...spec.options, ...GLOBAL_OPTIONS], words);
  try {
    command.parse(withOptionalValues(spec.options, words), { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? mistake(error, spec, invokedAs) : error;
  }
  refuseForeignOptions(spec, options, command.args[0] ?? '', invokedAs);
  return { operands: command.args, options, rest };
}

/** Refuses an option of another subcommand: it would mean nothing. */
function refuseForeignOptions(
  { verbOptions, options: known }: CommandSpec,
  options: ReadonlyMap<string, string>,
  verb: string,
  invokedAs: string,
): void {
  const own = verbOptions !== undefined && Object.hasOwn(verbOptions, verb) ? verbOptions[verb] : undefined;
  if (verbOptions === undefined || own === undefined) return;
  const foreign = known.find(({ name }) => options.has(name) && !own.includes(name))?.name;
  if (foreign === undefined) return;
  const owners = Object.keys(verbOptions).filter((other) => verbOptions[other]?.includes(foreign));
  throw usageError(
    `${invokedAs} ${verb} has no option --${foreign}`,
    `leave it out; it belongs to: ${owners.join(', ')}`,
  );
}
