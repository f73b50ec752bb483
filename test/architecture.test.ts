/** The walls of the house: the imports that each room may have, and the words that pure rooms may not use. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './helpers/cli.ts';
import { codeOf } from './helpers/code.ts';

const SRC = join(ROOT, 'src');

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const imports = (text: string): string[] =>
  [
    ...text.matchAll(/(?:^|\n)(?:import|export)[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g),
  ].map((match) => match[1] ?? match[2] ?? (match[3] as string));

const ROOM_FOR_ALL = ['errors.ts', 'version.ts'];

/** Imports that a room may have besides its own: rooms, packages, node: modules. Only `main` may import everything. */
const WALLS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  core: [],
  ports: ['core'],
  render: ['core', 'ports'],
  page: ['render', 'chart.js'],
  files: ['core', /^node:(?:buffer|fs|path)$/],
  store: ['core', 'ports', 'files', /^node:(?:fs|path)$/, 'yaml', 'proper-lockfile'],
  host: ['core', 'ports', 'files', /^node:/, 'node-os-utils', 'ps-tree', 'jsonc-parser', 'diff'],
  app: ['core', 'render', 'ports'],
  api: ['core', 'render', 'app', 'ports'],
  ui: ['core', 'render', 'ports', /^node:(?:fs|tty)$/, 'chalk'],
  cli: ['core', 'render', 'app', 'ui', 'ports', 'commander'],
};

const roomOf = (file: string): string => file.split('/')[0] as string;

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const code = codeOf(text);
  const room = roomOf(file);

  it('imports only what its room may import', () => {
    if (room === 'main') return;
    if (!file.includes('/')) {
      expect(ROOM_FOR_ALL).toContain(file);
      expect(imports(text)).toEqual([]);
      return;
    }
    const walls = WALLS[room];
    expect(walls, `no wall is drawn for ${room}`).toBeDefined();
    const allowed = [room, ...ROOM_FOR_ALL, ...(walls ?? [])];
    for (const specifier of imports(text)) {
      const target = specifier.startsWith('.')
        ? roomOf(relative(SRC, resolve(dirname(join(SRC, file)), specifier)))
        : specifier;
      const isAllowed = allowed.some((rule) => (typeof rule === 'string' ? rule === target : rule.test(target)));
      expect(isAllowed, `${file} imports ${specifier}`).toBe(true);
    }
  });

  it('has no time, chance, input or output in a pure room', () => {
    if (room !== 'core' && room !== 'render') return;
    expect(code).not.toMatch(/Date\.now|new Date\(\)|Math\.random|\bprocess\.|\basync\b|\bawait\b|\bconsole\./);
  });

  it('takes time and environment from ports in a room of use cases', () => {
    if (room === 'app' || room === 'api') expect(code).not.toMatch(/Date\.now|new Date\(\)|\bprocess\./);
  });

  it('neither exits nor prints, and only main sets the exit code or reads the arguments', () => {
    expect(text).not.toMatch(/process\.exit\(|console\./);
    if (room !== 'main') expect(text).not.toMatch(/process\.exitCode|process\.argv/);
  });

  it('is short enough to have one job', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(400);
  });
});

/** The nodes of a ring, or null if the graph has none. */
function ringIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const done = new Set<string>();
  const way: string[] = [];
  const follow = (node: string): string[] | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    way.push(node);
    for (const next of graph.get(node) ?? []) {
      const ring = follow(next);
      if (ring !== null) return ring;
    }
    way.pop();
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const ring = follow(node);
    if (ring !== null) return ring;
  }
  return null;
}

/** Imports between the files of `within`, as edges between the nodes of the files; type imports count. */
function graphOf(within: readonly string[], nodeOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of within) {
    const targets = imports(readFileSync(join(SRC, file), 'utf8'))
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => relative(SRC, resolve(dirname(join(SRC, file)), specifier)));
    const edges = graph.get(nodeOf(file)) ?? new Set();
    for (const target of targets.filter((path) => within.includes(path))) edges.add(nodeOf(target));
    graph.set(nodeOf(file), edges);
  }
  return graph;
}

it('has no ring of files', () => {
  expect(ringIn(graphOf(files, (file) => file))).toBeNull();
});

it('has no ring of folders in the core', () => {
  const folderOf = (file: string): string => file.split('/').slice(0, 2).join('/');
  const graph = graphOf(
    files.filter((file) => roomOf(file) === 'core'),
    folderOf,
  );
  for (const [folder, targets] of graph) targets.delete(folder);
  expect(ringIn(graph)).toBeNull();
  expect(graph.size).toBeGreaterThan(10);
});

it('finds a ring', () => {
  expect(
    ringIn(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['c'])],
        ['c', new Set(['b'])],
      ]),
    ),
  ).toEqual(['b', 'c', 'b']);
});

it('lets the page import charts and figures, but no code that computes them', () => {
  for (const file of files.filter((name) => roomOf(name) === 'page'))
    for (const specifier of imports(readFileSync(join(SRC, file), 'utf8')))
      expect(specifier).toMatch(/^(?:\.\/[a-z-]+\.ts|\.\.\/render\/page\/(?:chart|figures)\.ts|chart\.js)$/);
});

it('calls nothing told, a name that says nothing of its value', () => {
  const sources = ['src', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|mjs|cjs)$/.test(file))
      .map((file) => join(ROOT, folder, file)),
  );
  expect(sources.filter((file) => /\b#?told\b/i.test(codeOf(readFileSync(file, 'utf8'))))).toEqual([]);
});

it('finds names in code, and none in comments, strings and templates', () => {
  // `<` opens a placeholder of a template.
  const hasTold = (text: string): boolean => /\btold\b/.test(codeOf(text.replaceAll('<', '$' + '{')));
  for (const text of [
    'const told = 1;',
    'f({ a }).told',
    '`<g({ told })}`',
    '`a <`b <told}`} c`',
    "'a'; told",
    '`\\``; told',
  ])
    expect(hasTold(text), text).toBe(true);
  for (const text of [
    '/** told */',
    '// told',
    "'told'",
    '"told"',
    '`told`',
    '`<a} told`',
    '`<`<a}`} told`',
    "'\\'told'",
  ])
    expect(hasTold(text), text).toBe(false);
});

it('finds the imports it judges', () => {
  expect(
    imports("import type { A } from './a.ts';\nconst x = await import('chalk');\nexport { b } from '../b.ts';\n"),
  ).toEqual(['./a.ts', 'chalk', '../b.ts']);
  expect(files.length).toBeGreaterThan(50);
});
