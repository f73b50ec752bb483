/** Links, commands, options, exit codes and reasons in the pages exist. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS as SUBCOMMANDS } from '../../src/cli/commands/index.ts';
import { REASONS } from '../../src/core/reason.ts';
import { EXIT } from '../../src/errors.ts';
import { cleanEnvironment, ROOT, sandbox } from '../helpers/cli.ts';
import { GENERATED, PAGES, type Page, pageOf } from './pages.ts';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const installed = Object.keys(manifest.bin);
const all = PAGES.map(({ text }) => text).join('\n');

/** The page without its blocks and comments. */
const prose = ({ text }: Page): string => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/<!--[\s\S]*?-->/g, '');

/** Anchors as GitHub makes them of headings. */
const anchorsIn = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );

interface Link {
  readonly from: string;
  readonly target: string;
}

const links: Link[] = [...PAGES, ...[...GENERATED].map(pageOf)].flatMap((page) =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ from: page.path, target })),
);

describe('links', () => {
  it.each(links)('$from → $target', ({ from, target }) => {
    expect(target, 'a page links to nothing outside the package').not.toMatch(/^[a-z]+:/);
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? from : join(dirname(from), file);
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    if (anchor !== undefined) expect(anchorsIn(readFileSync(join(ROOT, path), 'utf8'))).toContain(anchor);
  });

  it('stay inside the files of the package', () => {
    const outside = links
      .map(({ from, target }) => relative('.', join(dirname(from), target.split('#')[0] || '.')))
      .filter((path) => !manifest.files.some((entry: string) => path === entry || path.startsWith(`${entry}/`)))
      .filter((path) => !PAGES.some((page) => dirname(page.path) === path));
    expect(outside).toEqual([]);
  });

  it('lead from the README to every page', () => {
    const reached = new Set(['README.md']);
    for (const path of reached)
      for (const { from, target } of links)
        if (from === path) reached.add(join(dirname(from), target.split('#')[0] as string));
    expect(PAGES.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});

/** Options of each command, as its help lists them. */
const help = new Map<string, ReadonlySet<string>>();
function optionsOf(command: string): ReadonlySet<string> {
  const cached = help.get(command);
  if (cached !== undefined) return cached;
  const { stdout, status } = sandbox().run('resource-manager', [...(command === '' ? [] : [command]), '--help']);
  expect(status, command).toBe(0);
  const options = new Set([...stdout.matchAll(/(?<![\w-])--?[a-z][a-z-]*/g)].map(([option]) => option));
  help.set(command, options);
  return options;
}

const ALIASES: Readonly<Record<string, string>> = {
  'request-slots': 'request',
  'release-slots': 'release',
  'resource-status': 'status',
  'resource-kill': 'kill',
  'set-max': 'set-max',
  'report-usage': 'report-usage',
};

/** Our commands in inline code and in blocks, each up to a pipe, a redirection or the end of the line. */
const named = PAGES.flatMap((page) => {
  const inline = [...prose(page).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const lines = page.blocks.flatMap(({ language, text }) =>
    language === 'console'
      ? text.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
      : language === 'sh'
        ? text.split('\n')
        : [],
  );
  const start = new RegExp(
    `(?:^|[\\s(])((?:resource-manager(?= )|${Object.keys(ALIASES).join('|')})(?![\\w-])[^\\n|;&>#]*)`,
    'g',
  );
  return [...inline, ...lines].flatMap((code) =>
    [...code.matchAll(start)].map(([, command = '']) => ({ page: page.path, command: command.trim() })),
  );
});

describe('commands', () => {
  it('are many', () => expect(named.length).toBeGreaterThan(100));

  it('exist, with their options', () => {
    const wrong = named.filter(({ command }) => {
      const [own = ''] = command.split(' -- ');
      const [first = '', second = '', ...rest] = own.split(/\s+/);
      const words = first === 'resource-manager' ? rest : [second, ...rest];
      const name = ALIASES[first] ?? second;
      if (first === 'resource-manager' && second.startsWith('-')) return !optionsOf('').has(second);
      if (!/^[a-z-]+$/.test(name)) return false;
      if (!(name in SUBCOMMANDS)) return true;
      const options = words.flatMap((word) => /^(--?[a-z][a-z-]*)/.exec(word)?.[1] ?? []);
      return options.some((option) => !optionsOf(name).has(option));
    });
    expect(wrong).toEqual([]);
  });

  it('options without a command belong to at least one command', () => {
    const every = new Set(Object.keys(SUBCOMMANDS).flatMap((name) => [...optionsOf(name)]));
    const alone = PAGES.flatMap((page) =>
      [...prose(page).matchAll(/`(--[a-z][a-z-]*)/g)].map(([, option = '']) => option),
    );
    expect([...new Set(alone)].filter((option) => !every.has(option))).toEqual([]);
  });

  it('are all named if they are installed, and the help lists every subcommand', () => {
    for (const name of installed) expect(all).toContain(name);
    const { stdout } = sandbox().run('resource-manager', ['--help']);
    for (const name of Object.keys(SUBCOMMANDS)) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });
});

/** Commands in the table of tasks. */
const tasks = pageOf('docs/README.md')
  .text.split('\n')
  .flatMap((row) => [...(row.split(' | ')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] as string));

describe('the table of tasks', () => {
  it('has a command for each task', () => expect(tasks.length).toBeGreaterThan(30));

  it.each(tasks)('%s succeeds', (line) => {
    const box = sandbox(20);
    box.run('request-slots', ['consilio', '1', '--agents', 'auth']);
    const functions = Object.entries(manifest.bin).map(
      ([name, file]) => `${name}() { "${process.execPath}" "${join(ROOT, file as string)}" "$@"; }; export -f ${name}`,
    );
    const quick = line.replace('sleep 10', 'sleep 0');
    const { status, stderr } = spawnSync('bash', ['-c', `${functions.join('\n')}\n${quick}`], {
      encoding: 'utf8',
      env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir }),
    });
    // The queue of this state is empty, so cancel has nothing to cancel.
    expect(status, stderr).toBe(line.includes('cancel') ? 66 : 0);
  });
});

describe('the pages list', () => {
  it('every metric, by its name or by the family that it belongs to', () => {
    const { text } = pageOf('docs/reference/figures.md');
    const families = [
      ...readFileSync(join(ROOT, 'test/golden/metrics.txt'), 'utf8').matchAll(/^# TYPE resource_manager_(\w+) /gm),
    ];
    const missing = families
      .map(([, name = '']) => name.replace(/_(?:tokens|seconds|dollars)(_total)?$/, (_, total = '') => `_*${total}`))
      .filter((name) => !text.includes(`\`${name}\``) && !text.includes(`\`${name.replace('workflow_budget', '')}\``))
      .filter((name) => !text.includes(`\`${name.replace('_*', '_seconds')}\``));
    expect(families.length).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });

  it('every exit code', () => {
    const listed = [...pageOf('docs/reference/exit-codes.md').text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) =>
      Number(code),
    );
    // Only hooks exit with 2.
    expect(listed.sort((a, b) => a - b)).toEqual([...Object.values(EXIT), 2].sort((a, b) => a - b));
  });

  it('every reason for waiting, in a section of its own', () => {
    const { text } = pageOf('docs/troubleshooting.md');
    const listed = [...text.matchAll(/^### \d+\. `([a-z-]+)`$/gm)].map(([, reason]) => reason as string);
    expect([...listed].sort()).toEqual([...REASONS].sort());
  });
});

describe('the README', () => {
  const { text } = pageOf('README.md');

  it('has its first links within 60 lines', () => {
    const lines = text.replace(/<!--[\s\S]*?-->\n/g, '').split('\n');
    expect(lines.findIndex((line) => line.startsWith('- [')) + 1).toBeLessThanOrEqual(60);
  });

  it('is short', () => expect(text.split(/\s+/).length).toBeLessThanOrEqual(1200));
});
