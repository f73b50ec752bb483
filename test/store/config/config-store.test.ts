/** Every setting of the table, set as by `config set`: it changes only its own field of the settings. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Node, Row } from '../../../src/core/settings/rows.ts';
import { SETTINGS } from '../../../src/core/settings/settings.ts';
import { EXIT, ExpectedError } from '../../../src/errors.ts';
import { ConfigFile } from '../../../src/store/config/config-file.ts';
import { openConfigStore } from '../../../src/store/config/config-store.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

/** Each map has an entry already, so that a set adds none. */
const BEFORE =
  'project_priorities: { consilio: 5 }\nprojects: { consilio: {} }\nclaude: { projects: { /srv/a: atlas } }\nprices: { saga: {} }\n';
const NAMES: Readonly<Record<string, string>> = { PROJECT: 'consilio', FOLDER: '/srv/a', MODEL: 'saga' };

function aConfig(text = BEFORE) {
  const dir = temporaryFolder();
  const path = join(dir, 'config.yaml');
  writeFileSync(path, text);
  const takeLock = async () => {
    const folder = join(dir, 'lock');
    mkdirSync(folder, { recursive: true });
    return { folder, release: () => {} };
  };
  return {
    store: openConfigStore({ dir, takeLock }),
    settings: () => new ConfigFile(dir).settings(),
    text: () => readFileSync(path, 'utf8'),
    write: (text: string) => writeFileSync(path, text),
  };
}

interface Setting {
  readonly key: string;
  readonly field: string;
  readonly row: Row<unknown>;
}

function settingsBelow(node: Node, key: string, field: string): readonly Setting[] {
  if ('kind' in node) return [{ key, field, row: node }];
  if ('item' in node) {
    const name = NAMES[node.name] as string;
    return settingsBelow(node.item, `${key}.${name}`, `${field}/${name}`);
  }
  return Object.entries<Node>(node.rows).flatMap(([inner, child]) =>
    settingsBelow(child, key === '' ? child.key : `${key}.${child.key}`, field === '' ? inner : `${field}/${inner}`),
  );
}

const TABLE = settingsBelow({ key: '', rows: SETTINGS }, '', '');

/** A value of the row's kind that is not its default, as a person types it. */
function anotherValue({ kind, initial }: Row<unknown>): string {
  if (kind.name.startsWith('duration')) return '7s';
  if (kind.name.startsWith('number')) return (Number(initial) + 0.01).toFixed(2);
  if (kind.name.startsWith('whole number')) return '7';
  const values: Readonly<Record<string, string>> = {
    size: '7M',
    percent: '42',
    'true or false': String(initial !== true),
    'absolute path of a folder': '/srv/metrics',
    'project name': 'odin',
    'name of a model': 'haiku',
    'list of users': '[alice]',
    'list of rules': '[{ on: critical, command: page }]',
    'text, or a map of texts by agent': 'stop it',
  };
  const value = values[kind.name] ?? kind.name.split(/, | or /).find((word) => word !== initial);
  if (value === undefined) throw new Error(`no value of ${kind.name}`);
  return value;
}

/** All values of the settings, each with the path of its field. */
function leaves(value: unknown, at: string): readonly [string, string][] {
  if (value instanceof Map) return [...value].flatMap(([key, inner]) => leaves(inner, `${at}/${key}`));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [[at, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}/${key}`));
}

async function refusal(act: () => Promise<unknown>): Promise<ExpectedError> {
  const error = await act().then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ExpectedError);
  return error as ExpectedError;
}

describe.each(TABLE.map((setting) => [setting.key, setting] as const))('%s', (key, { field, row }) => {
  it('changes only its own field', async () => {
    const config = aConfig();
    const before = new Map(leaves(await config.settings(), ''));
    await config.store.set(key, anotherValue(row));
    const changed = leaves(await config.settings(), '').filter(([at, value]) => before.get(at) !== value);
    expect(changed.map(([at]) => at)).toEqual([key === 'budget.degrade' ? `${field}/default` : field]);
    expect(await config.store.get(key)).toMatchObject({ origin: 'file' });
  });

  it('is listed, and known with its default', async () => {
    const config = aConfig('projects: { consilio: { weight: null } }\nprices: { saga: { input: null } }\n');
    const listed = await config.store.list();
    const [map] = key.split(/\.(?=\/)|\.consilio/);
    expect(listed.map((entry) => entry.key)).toContain(/^(?:projects|prices)\./.test(key) ? key : map);
    expect(await config.store.get(key)).toEqual({ value: row.initial, origin: 'default' });
  });

  it('refuses a value of another kind', async () => {
    const config = aConfig();
    const wrong = row.kind.name === 'list of users' ? '[[wrong]]' : '[wrong]';
    const refused = await refusal(() => config.store.set(key, wrong));
    expect(refused).toMatchObject({ exit: EXIT.usage, message: expect.stringContaining(`: ${key}`) });
    expect(config.text()).toBe(BEFORE);

    const parts = key.replace('/srv/a', 'FOLDER').split('.');
    const flow = parts.reduceRight((inner, part) => `{ ${part.replace('FOLDER', '/srv/a')}: ${inner} }`, wrong);
    config.write(flow);
    const damaged = await refusal(config.settings);
    expect(damaged).toMatchObject({ exit: EXIT.badFile });
    expect(damaged.message).toMatch(/config\.yaml, line 1, column \d+: /);
    expect(damaged.message).toContain(key);
  });
});

describe('config', () => {
  it('gets a section as a map with the values in force', async () => {
    const { store } = aConfig('history: { keep: 2d }\n');
    expect(await store.get('history')).toEqual({ value: { keep: '2d', max_size: '1G' }, origin: 'file' });
    expect(await store.get('budget.thresholds')).toEqual({
      value: { yellow: 0.6, orange: 0.75, red: 0.9, black: 1 },
      origin: 'default',
    });
    expect(await store.get('projects')).toEqual({ value: {}, origin: 'default' });
    expect(await store.get('projects.odin')).toEqual({
      value: { guaranteed: 0, max: null, weight: 1 },
      origin: 'default',
    });
  });

  it('accepts dots in the name of a project', async () => {
    const { store, settings } = aConfig('');
    await store.set('projects.my.app.max', '3');
    await store.set('project_priorities.my.app', '9');
    expect((await settings()).namedProjects).toEqual(['my.app', 'my.app']);
    expect(await store.get('projects.my.app.max')).toEqual({ value: 3, origin: 'file' });
    expect((await store.list()).map(({ key }) => key)).toContain('projects.my.app.weight');
  });

  it.each([
    '{ acme/own: { input: 1, output: 2 } }',
    '{acme/own: {input: 1, output: 2}}',
    '{ "acme/own": { "input": 1, "output": 2 } }',
  ])('reads %s as YAML does', async (typed) => {
    const { store } = aConfig('');
    await store.set('prices', typed);
    expect(await store.get('prices')).toMatchObject({ value: { 'acme/own': { input: 1, output: 2 } } });
  });

  it.each(['{ a/b: ', '{ a/b: *c }', '[', '{ a/b: 1, a/b: 2 }'])('refuses %s as no map', async (typed) => {
    const config = aConfig('max_slots: 3\n');
    const before = config.text();
    expect(await refusal(() => config.store.set('prices', typed))).toMatchObject({ exit: EXIT.usage });
    expect(config.text()).toBe(before);
  });

  it('lists an unknown key', async () => {
    const { store } = aConfig('strateggy: fifo\n');
    expect((await store.list()).at(-1)).toMatchObject({ key: 'strateggy', value: 'fifo', origin: 'file' });
    expect(await store.get('strateggy')).toEqual({ value: 'fifo', origin: 'file' });
  });

  it.each([
    ['on_stop', 'did you mean budget.on_stop?'],
    ['monitor.intervall', 'did you mean monitor.interval?'],
    ['projects.consilio.mx', 'did you mean projects.consilio.max?'],
    ['max_slots', 'the size of the pool is no setting; change it like: set-max 10'],
    ['vm_limits.max_load_average', 'vm_limits.max_load_average is a key of slots.yaml; edit it there'],
    ['strategy.fifo', 'all settings: resource-manager config list'],
    ['zebra', 'all settings: resource-manager config list'],
    ['projects..max', 'all settings: resource-manager config list'],
  ])('has no key %s', async (key, hint) => {
    const { store } = aConfig();
    for (const act of [() => store.get(key), () => store.set(key, '1')])
      expect(await refusal(act)).toMatchObject({ exit: EXIT.usage, message: `config has no key ${key}`, hint });
  });

  it('refuses thresholds that do not ascend', async () => {
    const { store } = aConfig();
    const { message } = await refusal(() => store.set('budget.thresholds.yellow', '0.8'));
    expect(message).toContain('budget.thresholds.orange: expected a number from 0.8 up, got 0.75');
  });
});

describe('a file from Windows', () => {
  const CRLF = `\ufeff# mine\r\nstrategy: fifo # order\r\nhistory:\r\n  keep: 5d # wait\r\nprojects:\r\n  consilio: {}\r\n`;
  it.each([
    ['strategy', 'fair-share'],
    ['history.keep', '7d'],
    ['projects.consilio.max', '3'],
    ['projects.odin.max', '3'],
    ['project_priorities.odin', '7'],
  ])('keeps its line ends, its mark and its comments when %s is set', async (key, value) => {
    const { store, text } = aConfig(CRLF);
    await store.set(key, value);
    expect(String((await store.get(key)).value)).toBe(value);
    const after = text();
    expect(after.startsWith('\ufeff# mine\r\n')).toBe(true);
    expect(after.slice(1)).not.toContain('\ufeff');
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const comment of ['# mine', '# order', '# wait']) expect(after).toContain(comment);
  });
});
