/** The template and the reference of settings match the tables in the code; `npm run docs` writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationText } from '../../scripts/docs/configuration.ts';
import { READ, SET_BY_NOTIFY, SET_BY_RUN } from '../../scripts/docs/environment.ts';
import { EXAMPLES, GROUPS, TEMPLATE_KEYS } from '../../scripts/docs/settings.ts';
import { templateText } from '../../scripts/docs/template.ts';
import { placeOf } from '../../src/core/settings/keys.ts';
import { DEFAULT_SETTINGS, readSettings, SETTINGS } from '../../src/core/settings/settings.ts';
import { DEFAULT_VM_LIMITS } from '../../src/core/settings/slots-file.ts';
import { ROOT } from '../helpers/cli.ts';

const inRoot = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

it('the template of config.yaml is up to date', async () => {
  await expect(templateText()).toMatchFileSnapshot(join(ROOT, '.resource-manager', 'config.yaml'));
});

it('the reference of the configuration is up to date', async () => {
  await expect(configurationText()).toMatchFileSnapshot(join(ROOT, 'docs', 'reference', 'configuration.md'));
});

it('the templates set only defaults', () => {
  expect(readSettings(parse(templateText()))).toEqual(DEFAULT_SETTINGS);
  // The limit of the load average depends on the machine.
  expect(parse(inRoot('.resource-manager', 'slots.yaml')).vm_limits).toMatchObject({
    max_cpu_percent: DEFAULT_VM_LIMITS.maxCpuPercent,
    max_memory_percent: DEFAULT_VM_LIMITS.maxMemoryPercent,
    max_disk_percent: DEFAULT_VM_LIMITS.maxDiskPercent,
  });
});

it('every setting is in one group of the page, in the order of the table', () => {
  expect(GROUPS.flatMap(({ keys }) => keys)).toEqual(Object.values(SETTINGS).map(({ key }) => key));
  for (const key of [...TEMPLATE_KEYS, ...Object.keys(EXAMPLES)]) expect(placeOf(key), key).not.toBeNull();
});

it.each(Object.entries(EXAMPLES))('the example of %s changes a setting', (_key, text) => {
  expect(readSettings(parse(text))).not.toEqual(DEFAULT_SETTINGS);
});

/** Variables of the machine and of agent programs, which no person sets to configure the program. */
const NOT_LISTED = ['CLAUDECODE', 'CLAUDE_CODE_TOOL_MEMORY_LIMIT', 'CLAUDE_PROJECT_DIR', 'PATH'];

it('every environment variable in the code is listed, and every listed one is in the code', () => {
  const code = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file))
    .map((file) => inRoot('src', file))
    .join('\n');
  const read = [...code.matchAll(/\benv(?:ironment)?\.([A-Z][A-Z_]+)\b/g)].map(([, name]) => name as string);
  expect(read.length).toBeGreaterThan(10);
  const listed = [READ, SET_BY_RUN, SET_BY_NOTIFY].flatMap((names) => Object.keys(names));
  expect([...new Set(read)].filter((name) => !listed.includes(name)).sort()).toEqual(NOT_LISTED);
  for (const name of listed) expect(code).toMatch(new RegExp(`\\b${name}\\b`));
});
