/** Reads the words of one command, or gives the text of its --help or of --version. */
import { VERSION } from '../version.ts';
import type { CommandEntry, CommandSpec } from './command.ts';
import type { ParsedArgs } from './invocation.ts';
import { plainWords } from './plain-words.ts';
import { usageError } from './values.ts';

export type Reading<Module> = { readonly command: Module; readonly args: ParsedArgs } | { readonly text: string };

export const HELP = ['--help', '-h'];

/**
 * Parses the words of one command; `rest` is kept as it is. Throws ExpectedError 64 for a mistake. Commander is loaded only
 * for words that are not plain, because a tenth of a short command's time would go into it.
 */
export async function parse(
  spec: CommandSpec,
  words: readonly string[],
  rest: readonly string[],
  invokedAs: string,
): Promise<ParsedArgs> {
  const plain = plainWords(spec, words);
  if (plain !== null) return { ...plain, rest };
  return (await import('./commander-words.ts')).parseWithCommander(spec, words, rest, invokedAs);
}

/** Loads a command and parses the words after its name. Throws ExpectedError 64 for a mistake. */
export async function readCommand<Module extends { readonly spec: CommandSpec }>(
  entry: CommandEntry<Module>,
  invokedAs: string,
  argv: readonly string[],
): Promise<Reading<Module>> {
  const command = await entry.load();
  const { spec } = command;
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.some((word) => HELP.includes(word)))
    return { text: (await import('./help.ts')).commandHelp(entry, spec, invokedAs) };
  if (own.includes('--version')) return { text: VERSION };
  if (spec.rest === undefined) return { command, args: await parse(spec, argv, [], invokedAs) };
  const rest = argv.slice(own.length + 1);
  if (rest.length === 0) {
    const named = own.find((word) => !word.startsWith('-')) ?? 'consilio';
    const hint = `write it after --, like: ${invokedAs} ${named} -- echo done`;
    throw usageError(`no ${spec.rest.name} was given`, hint);
  }
  return { command, args: await parse(spec, own, rest, invokedAs) };
}

/** Reads the words of an executable that runs one command, like `request-slots`; null if the table has none of the name. */
export function readInstalled<Module extends { readonly spec: CommandSpec }>(
  table: Readonly<Record<string, CommandEntry<Module>>>,
  invokedAs: string,
  argv: readonly string[],
): Promise<Reading<Module>> | null {
  const entry = Object.values(table).find(({ installed }) => installed?.includes(invokedAs));
  return entry === undefined ? null : readCommand(entry, invokedAs, argv);
}
