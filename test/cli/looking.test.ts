/** A command that only looks creates nothing, and answers as for an empty pool. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binary, type CommandName, cleanEnvironment, temporaryFolder } from '../helpers/cli.ts';

type Line = readonly [CommandName, ...string[]];

const LOOKS: readonly (readonly [status: number, ...line: Line])[] = [
  [0, 'resource-status'],
  [66, 'resource-status', 'nosuch'],
  [0, 'resource-manager', 'queue'],
  [0, 'resource-manager', 'history'],
  [0, 'resource-manager', 'report'],
  [66, 'resource-manager', 'simulate'],
  [0, 'resource-manager', 'audit'],
  [66, 'resource-manager', 'check', 'a/b'],
  [66, 'resource-manager', 'forecast', 'a/b'],
  [66, 'resource-manager', 'efficiency', 'a/b'],
  [0, 'resource-manager', 'budget', 'status'],
  [0, 'resource-manager', 'budget', 'rebalance', '--dry-run'],
  [0, 'resource-manager', 'config', 'list'],
  [0, 'resource-manager', 'config', 'get', 'max_per_project'],
  [0, 'resource-manager', 'doctor'],
  [0, 'resource-manager', 'metrics'],
  [0, 'resource-manager', 'top', '--once'],
  [1, 'resource-manager', 'service', 'status'],
  [0, 'resource-manager', 'service', 'install', '--dry-run'],
  [0, 'resource-manager', 'reap', '--dry-run'],
  [66, 'resource-manager', 'kill', 'nosuch', '--dry-run'],
  [66, 'resource-manager', 'cancel', 'nosuch', '--dry-run'],
  [0, 'resource-manager', 'integrate', 'claude', '--dry-run'],
  [0, 'resource-manager', 'statusline'],
  [0, 'resource-manager', 'hook', 'pre-tool-use'],
];

/** Without a state there is no work in it, so a hook ends at its first look. */
const EVENT = JSON.stringify({
  hook_event_name: 'PreToolUse',
  session_id: 's',
  tool_name: 'Read',
  tool_input: {},
  cwd: '/',
});

function run(folder: string, [command, ...args]: Line, more: Record<string, string | undefined> = {}) {
  const env = cleanEnvironment({ HOME: folder, PATH: '/usr/bin:/bin', ...more });
  const options = { env, cwd: folder, encoding: 'utf8', input: EVENT } as const;
  return spawnSync(process.execPath, [binary(command), ...args], options);
}

describe('without a state', () => {
  it.each(LOOKS)('exit %i of %s %s %s creates no folder', (status, ...line) => {
    const folder = temporaryFolder();
    const found = run(folder, [...(line as unknown as Line), '--dir', join(folder, 'none')]);
    expect(found.status, found.stderr).toBe(status);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a change makes it, and says so', () => {
    for (const line of [
      ['request-slots', 'consilio', '1', '--detached'],
      ['resource-manager', 'config', 'set', 'strategy', 'priority'],
    ] as const) {
      const folder = temporaryFolder();
      const { status, stderr } = run(folder, [...line, '--dir', join(folder, 'new')]);
      expect(status).toBe(0);
      expect(stderr).toMatch(/^note: created .*new, sized to this machine: \d+ slots$/m);
      expect(existsSync(join(folder, 'new', 'slots.yaml'))).toBe(true);
    }
  });

  it('a reader sees the pool that the first change makes', () => {
    const folder = temporaryFolder();
    const dir = ['--dir', join(folder, 'new')];
    const slotsIn = () => JSON.parse(run(folder, ['resource-status', '--json', ...dir]).stdout).slots;
    const before = slotsIn();
    run(folder, ['resource-manager', 'init', ...dir]);
    expect(slotsIn()).toEqual(before);
  });
});

it('a relative RESOURCE_MANAGER_DIR is refused, because each folder would have a pool of its own', () => {
  const folder = temporaryFolder();
  const env = { RESOURCE_MANAGER_DIR: 'relative' };
  for (const line of [['resource-status'], ['request-slots', 'consilio', '1']] as const) {
    const { status, stderr } = run(folder, [...line], env);
    expect(status).toBe(64);
    expect(stderr).toContain(`export RESOURCE_MANAGER_DIR='${join(folder, 'relative')}'`);
  }
  expect(run(folder, ['resource-manager', 'hook', 'pre-tool-use'], env).stderr).toContain('must be an absolute path');
  expect(readdirSync(folder)).toEqual([]);
  // A typed folder is the one below the working folder.
  expect(run(folder, ['request-slots', 'consilio', '1', '--detached', '--dir', 'typed']).status).toBe(0);
  expect(readdirSync(folder)).toEqual(['typed']);
});
