/**
 * Reads a command line that is in order, without loading a parser: known options, the right number of operands.
 * Anything else (help, a mistake, an abbreviation) is null and goes to commander, which knows how to answer it.
 */
import type { CommandSpec, OptionSpec, Typed } from './command.ts';
import { GLOBAL_OPTIONS, splitRest } from './command.ts';

const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/;

export function readFast(spec: CommandSpec, words: readonly string[]): Typed | null {
  const [argv, rest] = splitRest(spec, words);
  if (spec.rest !== undefined && rest.length === 0) return null;
  const byFlag = new Map<string, OptionSpec>();
  for (const option of [...spec.options, ...GLOBAL_OPTIONS]) {
    byFlag.set(`--${option.name}`, option);
    if (option.short) byFlag.set(`-${option.short}`, option);
  }
  const operands: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] as string;
    if (word === '--' || word === '-') return null;
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const option = byFlag.get(equals < 0 ? word : word.slice(0, equals));
    if (!option || options.has(option.name)) return null;
    let value = equals < 0 ? undefined : word.slice(equals + 1);
    if (option.value === undefined ? value !== undefined : value === '') return null;
    if (option.value !== undefined && !option.optionalValue && value === undefined) {
      at += 1;
      value = argv[at];
      if (value === undefined || value.startsWith('-')) return null;
    }
    options.set(option.name, value ?? '');
  }
  const required = spec.operands.filter((operand) => operand.required).length;
  const most = spec.operands.some((operand) => operand.variadic) ? Number.POSITIVE_INFINITY : spec.operands.length;
  return operands.length >= required && operands.length <= most ? { operands, options, rest } : null;
}

/**
 * `--wait 10m` said with a space: an optional value is only taken after `=`, so a duration right behind such an option
 * is put there, where nobody can mistake it for an operand.
 */
export function joinOptionalValues(spec: CommandSpec, words: readonly string[]): string[] {
  const [argv, rest] = splitRest(spec, words);
  const optional = new Set(spec.options.filter((option) => option.optionalValue).map((option) => `--${option.name}`));
  const joined: string[] = [];
  for (const word of argv) {
    const last = joined.at(-1);
    if (last !== undefined && optional.has(last) && DURATION.test(word)) joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return argv.length === words.length ? joined : [...joined, '--', ...rest];
}
