/** Words as somebody types them, and variables of a shell, of which some are mutated. */
import type { CommandEntry, CommandSpec } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { type Chance, mutated, ODD } from './mutate.ts';

/** Commands that need only the state, and neither wait nor watch. */
export const PLAIN = [
  'request',
  'release',
  'cancel',
  'set-max',
  'status',
  'queue',
  'budget',
  'report-usage',
  'check',
].concat(...['throttle', 'stop', 'resume']);
/** Commands that only look, or change one file of the state. */
export const LOOKING = [
  'config',
  'history',
  'report',
  'efficiency',
  'forecast',
  'audit',
  'prices',
  'simulate',
  'cancel',
];
export const STAYS = ['wait', 'watch', 'from-claude'];
const USUAL = [
  'odin',
  'consilio',
  'consilio/auth',
  'odin/s1',
  'new/agent',
  '1',
  '3',
  '50k',
  '2h',
  '1.50',
  '0.5',
  '40',
].concat(
  ...['strategy', 'projects.odin.max', 'drain_after', '-', 'prices.json', '7d', 'odin/auth'],
  ...['L7', 'L8', 'T10', 'default', 'day', '5h', 'UTC', 'high', 'low', 'auth=2', 'done', 'w', 'status', '--detached'],
);

const specs = new Map<string, CommandSpec>();

/** The specification of a command, loaded once. */
export async function specOf(name: string): Promise<CommandSpec> {
  const known = specs.get(name) ?? (await (COMMANDS[name] as CommandEntry).load()).spec;
  specs.set(name, known);
  return known;
}

/** Words of a command: its subcommand, operands and options, of which some are mutated. */
export async function wordsOf(chance: Chance, name: string): Promise<string[]> {
  const spec = await specOf(name);
  const value = (): string =>
    chance.once(6) ? chance.of(ODD) : chance.once(6) ? mutated(chance.of(USUAL), chance) : chance.of(USUAL);
  const words = [name];
  if (spec.verbs !== undefined) words.push(chance.of(Object.keys(spec.verbs)));
  const operands = spec.operands.slice(spec.verbs === undefined ? 0 : 1);
  for (const { variadic } of operands) words.push(value(), ...(variadic && chance.once(3) ? [value()] : []));
  for (const option of spec.options) {
    if (STAYS.includes(option.name) || !chance.once(4)) continue;
    words.push(`--${option.name}`, ...(option.value === undefined ? [] : [value()]));
  }
  if (chance.once(4)) words.push('--json');
  if (chance.once(20)) words[0] = chance.of(ODD);
  if (chance.once(8)) words.splice(chance.below(words.length), 1, value());
  if (chance.once(8)) words.splice(chance.below(words.length), 0, value());
  return words;
}

/** A value of an environment variable: absent, odd or usual. */
export const variableOf = (chance: Chance, ...usual: readonly string[]): string | undefined =>
  chance.once(3) ? undefined : chance.once(2) ? chance.of(ODD) : mutated(chance.of(usual), chance);

/** Variables that commands read. */
export const variablesOf = (chance: Chance): Record<string, string | undefined> => ({
  RESOURCE_MANAGER_LEASE: variableOf(chance, 'L7', 'L8'),
  RESOURCE_MANAGER_HOLDER_PID: chance.once(4) ? variableOf(chance, '5') : undefined,
  CLAUDE_PID: variableOf(chance, '5'),
  RESOURCE_MANAGER_AGENT: variableOf(chance, 'odin/s1'),
  TZ: variableOf(chance, 'Europe/Vienna', ':/etc/localtime', 'UTC'),
});
