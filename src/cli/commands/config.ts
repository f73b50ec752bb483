import { nearest } from '../../core/nearest.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { ConfigEntry, ConfigStore, Context } from '../../ports/context.ts';
import { ignoredText, trustText } from '../../render/ignored.ts';
import { configListJson, configValueJson } from '../../render/json/config-json.ts';
import { answer, note } from '../answer.ts';
import type { CommandSpec, Run, Typed } from '../command.ts';
import { has, usageError } from '../values.ts';

const VERBS = ['list', 'get', 'set'];

export const spec: CommandSpec = {
  examples: [
    ['resource-manager config list --show-origin', 'every key, its value and where it comes from'],
    ['resource-manager config get strategy', 'one value'],
    ['resource-manager config set strategy fair-share', 'comments in the file survive'],
    ['resource-manager config set project_priorities.consilio 10', 'one entry of a map'],
  ],
  operands: [
    { name: 'list|get|set', required: true, help: 'what to do' },
    { name: 'KEY', required: false, help: 'for get and set; dots go into maps' },
    { name: 'VALUE', required: false, help: 'for set' },
  ],
  options: [{ name: 'show-origin', help: 'with each value, whether it stands in the file or is the default' }],
  verbs: VERBS,
};

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The value at `a.b.c`, or undefined. */
function valueAt(
  entries: readonly ConfigEntry[],
  key: string,
): { readonly value: unknown; readonly entry: ConfigEntry } | undefined {
  const [first, ...rest] = key.split('.');
  const entry = entries.find((candidate) => candidate.key === first);
  if (entry === undefined) return undefined;
  let value: unknown = entry.value;
  for (const part of rest) {
    value =
      value !== null && typeof value === 'object' && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[part]
        : undefined;
  }
  return value === undefined ? undefined : { value, entry };
}

async function noteIgnored(typed: Typed, context: Context, config: ConfigStore): Promise<void> {
  const keys = await config.ignored();
  if (keys.length === 0) return;
  note(typed, context, `note: ${ignoredText(keys, config.path)}`);
  note(typed, context, `hint: ${trustText(config.path)}`);
}

export const run: Run = async (typed, context) => {
  const [verb = '', key, value] = typed.operands;
  const operands = { list: 1, get: 2, set: 3 }[verb];
  if (operands === undefined) {
    const meant = nearest(verb, VERBS);
    throw usageError(
      `config has no command ${verb}`,
      meant ? `did you mean ${meant}?` : `commands: ${VERBS.join(', ')}`,
    );
  }
  if (typed.operands.length !== operands) {
    throw usageError(
      `config ${verb} takes ${operands - 1 || 'no'} operand${operands === 2 ? '' : 's'}`,
      `resource-manager config --help`,
    );
  }
  const config = await context.openConfig();
  const origin = (entry: ConfigEntry): string => (entry.origin === 'file' ? config.path : 'default');

  if (verb === 'set') {
    const set = await config.set(key as string, value as string);
    answer(typed, context, {
      json: () => configValueJson({ key: key as string, value: set, origin: config.path }),
      text: () => `${key} = ${valueText(set)}`,
    });
    await noteIgnored(typed, context, config);
    return EXIT.ok;
  }
  const entries = await config.list();
  await noteIgnored(typed, context, config);
  if (verb === 'list') {
    answer(typed, context, {
      json: () => configListJson(entries.map((entry) => ({ ...entry, origin: origin(entry) }))),
      text: () =>
        entries
          .map(
            (entry) =>
              `${has(typed, 'show-origin') ? `${origin(entry)}\t` : ''}${entry.key} = ${valueText(entry.value)}`,
          )
          .join('\n'),
    });
    return EXIT.ok;
  }
  const found = valueAt(entries, key as string);
  if (found === undefined) {
    const meant = nearest(
      key as string,
      entries.map((entry) => entry.key),
    );
    throw new ExpectedError('no-such-key', `config has no key ${key}`, {
      hint: meant ? `did you mean ${meant}?` : 'see: resource-manager config list',
      exit: EXIT.usage,
    });
  }
  answer(typed, context, {
    json: () => configValueJson({ key: key as string, value: found.value, origin: origin(found.entry) }),
    text: () => `${has(typed, 'show-origin') ? `${origin(found.entry)}\t` : ''}${valueText(found.value)}`,
  });
  return EXIT.ok;
};
