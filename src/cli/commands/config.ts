import type { ConfigEntry } from '../../core/settings/keys.ts';
import { EXIT } from '../../errors.ts';
import type { OpenConfig } from '../../ports/config.ts';
import { configListJson, configValueJson } from '../../render/json/config-json.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { noteUnusedKeys } from '../unused-keys.ts';
import { usageError, verbOf } from '../values.ts';

const MEANINGS = { list: 'shows all settings', get: 'shows one setting', set: 'changes one setting' };
/** Number of operands of each subcommand, itself included. */
const OPERANDS = { list: 1, get: 2, set: 3 };
const VERBS = Object.keys(OPERANDS) as (keyof typeof OPERANDS)[];

export const spec: CommandSpec = {
  about:
    'Shows or changes the settings in config.yaml. A change is checked before it is written, and comments in the file survive.',
  examples: [
    ['resource-manager config list --show-origin', 'every key, its value and the origin of the value'],
    ['resource-manager config get strategy', 'one value'],
    ['resource-manager config set strategy fair-share', 'comments in the file survive'],
    ['resource-manager config set project_priorities.consilio 10', 'one entry of a map'],
  ],
  operands: [
    { name: 'list|get|set', required: true, help: 'what to do' },
    { name: 'KEY', required: false, help: 'name of the setting, for get and set; dots lead into maps' },
    { name: 'VALUE', required: false, help: 'new value, for set' },
  ],
  options: [{ name: 'show-origin', help: 'add to each value whether it comes from the file or is the default' }],
  verbs: MEANINGS,
  verbOptions: { list: ['show-origin'], get: ['show-origin'], set: [] },
};

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export const run: RunCommand<OpenConfig> = async (invocation, ports) => {
  const [word = '', key, value] = invocation.operands;
  const verb = verbOf('config', VERBS, word);
  const operands = OPERANDS[verb];
  if (invocation.operands.length !== operands) {
    throw usageError(
      `config ${verb} takes ${operands - 1 || 'no'} operand${operands === 2 ? '' : 's'}`,
      'see: resource-manager config --help',
    );
  }
  const config = await ports.openConfig();
  const origin = (entry: Pick<ConfigEntry, 'origin'>): string => (entry.origin === 'file' ? config.path : 'default');
  const shownOrigin = (entry: Pick<ConfigEntry, 'origin'>): string =>
    invocation.has('show-origin') ? `${origin(entry)}\t` : '';

  if (verb === 'list') {
    const entries = await config.list();
    invocation.answer({
      json: () => configListJson(entries.map((entry) => ({ ...entry, origin: origin(entry) }))),
      text: () => entries.map((entry) => `${shownOrigin(entry)}${entry.key} = ${valueText(entry.value)}`).join('\n'),
    });
  } else if (verb === 'set') {
    const set = await config.set(key as string, value as string);
    invocation.answer({
      json: () => configValueJson({ key: key as string, value: set, origin: config.path }),
      text: () => `${key} = ${valueText(set)}`,
    });
  } else {
    const found = await config.get(key as string);
    invocation.answer({
      json: () => configValueJson({ key: key as string, value: found.value, origin: origin(found) }),
      text: () => `${shownOrigin(found)}${valueText(found.value)}`,
    });
  }
  noteUnusedKeys(invocation, await config.notInForce(), config.dir);
  return EXIT.ok;
};
