/** A subcommand: its words as data, from which come its reading, its help and its completion. */
import type { ExitCode } from '../errors.ts';
import type { Context } from '../ports/context.ts';

export interface OperandSpec {
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  readonly variadic?: boolean;
}

export interface OptionSpec {
  /** Without the dashes: `min` for `--min`. */
  readonly name: string;
  readonly short?: string;
  /** The word for its value in the help; none for a switch. */
  readonly value?: string;
  /** The value may be left out; it is then only taken after `=`. */
  readonly optionalValue?: boolean;
  readonly help: string;
  readonly default?: string;
}

export interface CommandSpec {
  /** What it does, in a few plain sentences. */
  readonly about: string;
  /** Shell lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly operands: readonly OperandSpec[];
  readonly options: readonly OptionSpec[];
  /** The words behind `--`, which are not ours: needed where this is set. */
  readonly rest?: { readonly name: string; readonly help: string };
  /** Subcommands below it, like `config get`, each with what it does: its first operand. */
  readonly verbs?: Readonly<Record<string, string>>;
  /** Exit codes that mean something special to this command. */
  readonly exits?: readonly (readonly [code: number, meaning: string])[];
  /** Schemas of its JSON answers, where their names do not begin with its own. */
  readonly answers?: readonly string[];
}

/** What was typed: words, not yet understood. A switch is `''`, an option given without its optional value too. */
export interface Typed {
  readonly operands: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** The words behind `--`, for a command that takes such. */
  readonly rest: readonly string[];
}

export type RunCommand = (typed: Typed, context: Context) => Promise<ExitCode | number>;

export interface CommandModule {
  readonly spec: CommandSpec;
  readonly run: RunCommand;
}

/** A row of the table of commands; the module is loaded only for the command that is called. */
export interface CommandEntry {
  readonly summary: string;
  /** Names under which it is installed as a command of its own. */
  readonly installed?: readonly string[];
  readonly load: () => Promise<CommandModule>;
}

export type CommandTable = Readonly<Record<string, CommandEntry>>;

/** Options of every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'dir',
    value: 'PATH',
    help: 'folder of the state',
    default: '$RESOURCE_MANAGER_DIR or ~/.resource-manager',
  },
  { name: 'json', help: 'answer with one JSON document' },
  { name: 'quiet', short: 'q', help: 'print only the answer and errors' },
  { name: 'verbose', short: 'v', help: 'also print what else happened, and the stack of an error' },
  { name: 'no-color', help: 'print plain text: no colour, no emoji' },
];
