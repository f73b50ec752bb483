/** The walls of the house: who may import whom, and what pure rooms may not say. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './helpers/cli.ts';

const SRC = join(ROOT, 'src');

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const imports = (text: string): string[] =>
  [
    ...text.matchAll(/(?:^|\n)(?:import|export)[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g),
  ].map((match) => match[1] ?? match[2] ?? (match[3] as string));

/** What a room may import: names of rooms or top files, packages, and node: modules. */
const WALLS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  core: ['core'],
  render: ['core', 'render', 'context.ts', 'errors.ts'],
  page: ['page', 'render', 'chart.js'],
  store: [
    'core',
    'store',
    'context.ts',
    'errors.ts',
    'own-folder.ts',
    /^node:(?:buffer|fs|path)$/,
    'yaml',
    'proper-lockfile',
  ],
  host: [
    'core',
    'host',
    'context.ts',
    'errors.ts',
    'own-folder.ts',
    /^node:/,
    'node-os-utils',
    'ps-tree',
    'jsonc-parser',
    'diff',
  ],
  hook: ['core', 'render', 'hook', 'wait.ts', 'context.ts', 'errors.ts'],
  'hook-first.ts': ['core', 'node:fs', 'node:path'],
  monitor: ['core', 'render', 'monitor', 'count-usage.ts', 'look-back.ts', 'context.ts', 'errors.ts'],
  terminal: ['render', 'terminal', 'context.ts', 'errors.ts', /^node:(?:fs|tty)$/, 'chalk'],
  ui: ['core', 'render', 'ui', 'context.ts', 'errors.ts'],
  cli: [
    'core',
    'render',
    'cli',
    'monitor',
    'ui',
    'context.ts',
    'errors.ts',
    'version.ts',
    'wait.ts',
    'look-back.ts',
    'audit.ts',
    'count-usage.ts',
    'commander',
  ],
  'context.ts': ['core', 'context-integrate.ts', 'context-kept.ts', 'context-run.ts', 'context-terminal.ts'],
  'context-integrate.ts': ['core'],
  'context-kept.ts': ['core'],
  'context-run.ts': ['core'],
  'context-terminal.ts': [],
  'errors.ts': [],
  'own-folder.ts': ['node:fs'],
  'version.ts': [],
  'wait.ts': ['core', 'context.ts', 'errors.ts'],
  'look-back.ts': ['core', 'context.ts'],
  'audit.ts': ['core', 'context.ts'],
  'count-usage.ts': ['core', 'context.ts'],
  'place.ts': ['core', 'store', 'context.ts', 'errors.ts', /^node:(?:fs|os|path)$/],
};
const EVERYTHING = [
  'hook-main.ts',
  'open-machine.ts',
  'open-state.ts',
  'main.ts',
  'api.ts',
  'api-budget.ts',
  'api-check.ts',
  'api-report.ts',
  'api-slots.ts',
  'api-types.ts',
];

const roomOf = (file: string): string => file.split('/')[0] as string;

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const room = roomOf(file);

  it('imports only what its room may', () => {
    if (EVERYTHING.includes(file)) return;
    const allowed = WALLS[room];
    expect(allowed, `no wall is drawn for ${room}`).toBeDefined();
    for (const specifier of imports(text)) {
      const target = specifier.startsWith('.')
        ? roomOf(relative(SRC, resolve(dirname(join(SRC, file)), specifier)))
        : specifier;
      const isAllowed = (allowed ?? []).some((rule) =>
        typeof rule === 'string' ? rule === target : rule.test(target),
      );
      expect(isAllowed, `${file} imports ${specifier}`).toBe(true);
    }
  });

  it('keeps time, chance and the world out of pure rooms', () => {
    if (room !== 'core' && room !== 'render') return;
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(code).not.toMatch(/Date\.now|new Date\(\)|Math\.random|\bprocess\.|\basync\b|\bawait\b|\bconsole\./);
  });

  it('exits nowhere and prints nowhere but where it belongs', () => {
    expect(text).not.toMatch(/process\.exit\(|console\./);
    if (!['main.ts', 'hook-main.ts', 'hook-first.ts'].includes(file))
      expect(text).not.toMatch(/process\.exitCode|process\.argv/);
  });

  it('is short enough to have one job', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(400);
  });
});

it('brings into the page what it shows, not what it is made of', () => {
  for (const file of files.filter((name) => roomOf(name) === 'page'))
    for (const specifier of imports(readFileSync(join(SRC, file), 'utf8')))
      expect(specifier).toMatch(/^(?:\.\/[a-z-]+\.ts|\.\.\/render\/page\/(?:chart|figures)\.ts|chart\.js)$/);
});

it('finds the imports it judges', () => {
  expect(
    imports("import type { A } from './a.ts';\nconst x = await import('chalk');\nexport { b } from '../b.ts';\n"),
  ).toEqual(['./a.ts', 'chalk', '../b.ts']);
  expect(files.length).toBeGreaterThan(50);
});
