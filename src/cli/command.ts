/** A subcommand as data; parsing, help, completion and the reference all come from it. */

import type { ExitCode } from '../errors.ts';
import type { Invocation } from './invocation.ts';

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
  /** The placeholder of its value in the help; undefined for a switch. */
  readonly value?: string;
  /** The value may be left out. */
  readonly optionalValue?: boolean;
  readonly help: string;
  readonly default?: string;
}

export interface CommandSpec {
  /** A few plain sentences on its effect. */
  readonly about: string;
  /** Shell lines, each with its effect. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly operands: readonly OperandSpec[];
  readonly options: readonly OptionSpec[];
  /** The command line after `--`; required when set. */
  readonly rest?: { readonly name: string; readonly help: string };
  /** Its subcommands, like `get` of `config`, each with its effect. The first operand names one. */
  readonly verbs?: Readonly<Record<string, string>>;
  /** The options of each subcommand; `options` has the options of all. */
  readonly verbOptions?: Readonly<Record<string, readonly string[]>>;
  /** Exit codes with a meaning of their own for this command. */
  readonly exits?: readonly (readonly [code: number, meaning: string])[];
  /** Schemas of its JSON answers, when their names do not start with the command's name. */
  readonly answers?: readonly string[];
}

/** Carries the command out with the ports that it names; gives the exit code. */
export type RunCommand<Ports = object> = (invocation: Invocation, ports: Ports) => Promise<ExitCode | number>;

export interface CommandModule<Ports = never> {
  readonly spec: CommandSpec;
  readonly run: RunCommand<Ports>;
}

/** A row of the table of commands; only the module of the called command is loaded. */
export interface CommandEntry<Module = CommandModule> {
  readonly summary: string;
  /** Names of its executables, like `request-slots`. */
  readonly installed?: readonly string[];
  readonly load: () => Promise<Module>;
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
