/** Help texts: what it does, examples first, then every operand and option. */
import type { CommandEntry, CommandSpec, CommandTable, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';

const FIXED: readonly OptionSpec[] = [
  { name: 'help', short: 'h', help: 'this text' },
  { name: 'version', help: 'the version' },
];

const flag = ({ name, short, value, optionalValue }: OptionSpec): string => {
  const word = value === undefined ? '' : optionalValue ? `[=${value}]` : ` ${value}`;
  return `${short ? `-${short}, ` : '    '}--${name}${word}`;
};

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width + 2)}${right}`);
}

const operandWord = ({ name, required, variadic }: CommandSpec['operands'][number]): string => {
  const word = `${name}${variadic ? '…' : ''}`;
  return required ? word : `[${word}]`;
};

export function commandHelp({ summary }: CommandEntry, spec: CommandSpec, invokedAs: string): string {
  const rest = spec.rest === undefined ? [] : ['--', spec.rest.name];
  const usage = [invokedAs, ...spec.operands.map(operandWord), '[options]', ...rest].join(' ');
  const operands = [...spec.operands, ...(spec.rest ? [spec.rest] : [])].map(({ name, help }) => [name, help] as const);
  const options = [...spec.options, ...GLOBAL_OPTIONS, ...FIXED].map((option) => [flag(option), option.help] as const);
  return [
    `${invokedAs}: ${summary}`,
    '',
    'Examples:',
    ...columns(spec.examples),
    '',
    `Usage: ${usage}`,
    ...(operands.length > 0 ? ['', ...columns(operands)] : []),
    '',
    'Options:',
    ...columns(options),
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
      ['request-slots consilio 5', 'five slots, or a place in the queue (exit 75)'],
      ['release-slots consilio', 'give back what this process holds'],
      ['resource-status', 'who has slots, who waits, and why'],
      ['set-max 30', 'another size of the pool'],
    ]),
    '',
    'Usage: resource-manager COMMAND [options]',
    ...commands,
    '',
    'Options of every command:',
    ...columns([...GLOBAL_OPTIONS, ...FIXED].map((option) => [flag(option), option.help] as const)),
    '',
    'More on one: resource-manager COMMAND --help',
  ].join('\n');
}
