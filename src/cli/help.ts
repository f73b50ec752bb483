/** Help texts: the summary, then examples, then every operand and option. */
import { type CommandEntry, type CommandSpec, type CommandTable, GLOBAL_OPTIONS, type OptionSpec } from './command.ts';

export const FIXED: readonly OptionSpec[] = [
  { name: 'help', short: 'h', help: 'print this help' },
  { name: 'version', help: 'print the version' },
];

/** `-n, --dry-run`, `--wait[=DURATION]`. */
export const optionWords = ({ name, short, value, optionalValue }: OptionSpec): string => {
  const word = value === undefined ? '' : optionalValue ? `[=${value}]` : ` ${value}`;
  return `${short ? `-${short}, ` : ''}--${name}${word}`;
};

const optionRow = (option: OptionSpec): readonly [string, string] => [
  `${option.short ? '' : '    '}${optionWords(option)}`,
  `${option.help}${option.default === undefined ? '' : ` (default: ${option.default})`}`,
];

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width + 2)}${right}`);
}

const operandWord = ({ name, required, variadic }: CommandSpec['operands'][number]): string => {
  const word = `${name}${variadic ? '…' : ''}`;
  return required ? word : `[${word}]`;
};

/** The usage line: `request-slots PROJECT N [options]`. */
export function usage(spec: CommandSpec, invokedAs: string): string {
  const rest = spec.rest === undefined ? [] : ['--', spec.rest.name];
  return [invokedAs, ...spec.operands.map(operandWord), '[options]', ...rest].join(' ');
}

export function commandHelp({ summary }: Pick<CommandEntry, 'summary'>, spec: CommandSpec, invokedAs: string): string {
  const operands = [...spec.operands, ...(spec.rest ? [spec.rest] : [])].map(({ name, help }) => [name, help] as const);
  return [
    `${invokedAs}: ${summary}`,
    '',
    'Examples:',
    ...columns(spec.examples),
    '',
    `Usage: ${usage(spec, invokedAs)}`,
    ...(operands.length > 0 ? ['', ...columns(operands)] : []),
    ...(spec.verbs === undefined ? [] : ['', ...columns(Object.entries(spec.verbs))]),
    '',
    'Options:',
    ...columns([...spec.options, ...GLOBAL_OPTIONS, ...FIXED].map(optionRow)),
  ].join('\n');
}

export function programHelp(groups: Readonly<Record<string, CommandTable>>): string {
  const width = Math.max(...Object.values(groups).flatMap((table) => Object.keys(table).map((name) => name.length)));
  const commands = Object.entries(groups).flatMap(([group, table]) => [
    '',
    `${group}:`,
    ...Object.entries(table).map(([name, { summary }]) => `  ${name.padEnd(width + 2)}${summary}`),
  ]);
  return [
    'resource-manager: one pool of agent slots for all projects on this machine',
    '',
    'Examples:',
    ...columns([
      ['request-slots consilio 2', 'two slots, or a place in the queue (exit 75)'],
      ['release-slots consilio', 'give back what this process holds'],
      ['resource-status', 'who holds slots, who waits, and why'],
      ['set-max 30', 'change the size of the pool'],
    ]),
    '',
    'Usage: resource-manager COMMAND [options]',
    ...commands,
    '',
    'Options of every command:',
    ...columns([...GLOBAL_OPTIONS, ...FIXED].map(optionRow)),
    '',
    'Help on one command: resource-manager COMMAND --help',
  ].join('\n');
}
