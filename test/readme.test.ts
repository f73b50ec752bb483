/** The README is what the program does. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS as SUBCOMMANDS } from '../src/cli/commands/index.ts';
import { EXIT } from '../src/errors.ts';
import { cleanEnvironment, ROOT, sandbox } from './helpers/cli.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

it('shows what the demo prints', () => {
  const shown = /<!-- demo -->\n```\n([\s\S]*?)```/.exec(readme)?.[1];
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'demo.mjs')], {
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  expect(stderr).toBe('');
  expect(stdout.trimEnd()).toBe(shown?.trimEnd());
});

it('shows the forecast that is printed', () => {
  const shown = /<!-- forecast -->\n```\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(shown).toBe(readFileSync(join(ROOT, 'test', 'golden', 'forecast-emoji.txt'), 'utf8'));
});

it('names every installed command and every subcommand', () => {
  for (const name of Object.keys(manifest.bin)) expect(readme).toContain(name);
  const { stdout } = sandbox().run('resource-manager', ['--help']);
  for (const name of Object.keys(SUBCOMMANDS)) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

it('lists every exit code', () => {
  const listed = [...readme.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes]) =>
    (codes as string).split(', ').map(Number),
  );
  // 2 is said by hooks alone, for the programs that run them.
  const published = [...Object.values(EXIT), 2];
  expect(listed.sort((a, b) => a - b)).toEqual([...published].sort((a, b) => a - b));
});

const usage = /## Use it\n\n([\s\S]*?)\n\n/.exec(readme)?.[1] ?? '';
const commandLines = usage
  .split('\n')
  .flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string));

it('has a command for each intent', () => {
  expect(commandLines.length).toBeGreaterThan(12);
});

it.each(commandLines)('the command %s is understood', (line) => {
  const box = sandbox(20);
  box.run('request-slots', ['consilio', '1', '--agents', 'auth']);
  const { status, stderr } = spawnSync('bash', ['-c', `${functions()}\n${line.replace('sleep 10', 'sleep 0')}`], {
    encoding: 'utf8',
    env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir }),
  });
  // T9 is an example that need not exist.
  expect(status, stderr).toBe(line.includes('T9') ? 66 : 0);
});

/** The installed commands as shell functions, as if the package were on the path. */
const functions = (): string =>
  Object.entries(manifest.bin)
    .map(
      ([name, file]) => `${name}() { "${process.execPath}" "${join(ROOT, file as string)}" "$@"; }; export -f ${name}`,
    )
    .join('\n');

it('the commands about budgets do what is said of them, one after the other', () => {
  const box = sandbox(20);
  const block = /## Budgets\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(block.trim().split('\n').length).toBeGreaterThan(4);
  const { status, stderr } = spawnSync('bash', ['-ec', `${functions()}\n${block}`], {
    encoding: 'utf8',
    env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir }),
  });
  expect(status, stderr).toBe(0);
});
