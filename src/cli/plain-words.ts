/** Reads the words of a command line that leave nothing open; any other line is commander's. */
import { type CommandSpec, GLOBAL_OPTIONS } from './command.ts';
import type { ParsedArgs } from './invocation.ts';

/**
 * The operands and options among the words, as commander reads them; null for words that it should judge. Plain are an
 * operand, `--switch`, `--option VALUE` and `--option=VALUE`, each option once; no short option, no optional value, no `--`.
 */
export function plainWords(
  spec: CommandSpec,
  words: readonly string[],
): Pick<ParsedArgs, 'operands' | 'options'> | null {
  if (spec.verbOptions !== undefined || spec.operands.some(({ variadic }) => variadic)) return null;
  const operands: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (!word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    const [, name = '', given] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const option = [...spec.options, ...GLOBAL_OPTIONS].find((one) => one.name === name);
    if (option === undefined || option.optionalValue || options.has(name)) return null;
    if (option.value === undefined) {
      if (given !== undefined) return null;
      options.set(name, '');
      continue;
    }
    const value = given ?? words[++at];
    if (value === undefined || value.trim() === '' || value.startsWith('-')) return null;
    options.set(name, value);
  }
  const least = spec.operands.filter(({ required }) => required).length;
  return operands.length < least || operands.length > spec.operands.length ? null : { operands, options };
}
