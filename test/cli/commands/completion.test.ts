/** Shell completion offers all commands, under each of their names, with their options and subcommands. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { GLOBAL_OPTIONS } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { cleanEnvironment, sandbox } from '../../helpers/cli.ts';

const installed = Object.entries(COMMANDS).flatMap(([command, entry]) =>
  (entry.installed ?? []).map((name) => ({ name, command })),
);

const scriptOf = (shell: string): string => {
  const { stdout, stderr, status } = sandbox().run('resource-manager', ['completion', shell]);
  expect(status, stderr).toBe(0);
  return stdout;
};

/** The words that bash offers at the end of each command line. */
function offered(lines: readonly (readonly string[])[]): string[][] {
  const asked = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _resource_manager; echo "\${COMPREPLY[*]}"`,
  );
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${scriptOf('bash')}\n${asked.join('\n')}`], {
    encoding: 'utf8',
    // Completion asks a program for project names; this PATH does not have it.
    env: { ...cleanEnvironment(), PATH: '/usr/bin:/bin' },
  });
  expect(stderr).toBe('');
  return stdout.split('\n').map((line) => line.split(' ').filter((word) => word !== ''));
}

it('bash offers the commands', () => {
  expect(offered([['resource-manager', '']])[0]).toEqual(Object.keys(COMMANDS));
});

it('bash offers the options and subcommands of each command, under each name', async () => {
  const names = Object.keys(COMMANDS);
  const all = offered([
    ...names.map((name) => ['resource-manager', name, '']),
    ...installed.map(({ name }) => [name, '']),
  ]);
  for (const [at, name] of [...names, ...installed.map(({ command }) => command)].entries()) {
    const { spec } = await (COMMANDS[name] as (typeof COMMANDS)[string]).load();
    const options = [...spec.options, ...GLOBAL_OPTIONS].map((option) => `--${option.name}`);
    expect(all[at], name).toEqual([...options, ...Object.keys(spec.verbs ?? {})]);
  }
});

it.each(['bash', 'zsh', 'fish'])('%s knows every installed command', (shell) => {
  const script = scriptOf(shell);
  for (const { name } of installed) expect(script).toMatch(new RegExp(`\\b${name}\\b`));
});
