/** A command that is killed, is stopped or gets a disk error at any of its file operations. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  aProcess,
  binary,
  cleanEnvironment,
  collect,
  ROOT,
  type Sandbox,
  sandbox,
  start,
  temporaryFolder,
  until,
} from '../helpers/cli.ts';

const PRELOAD = `--require=${join(ROOT, 'test', 'helpers', 'fault.cjs')}`;

interface Fault {
  readonly at?: number;
  readonly do?: string;
  readonly names?: readonly string[];
  readonly log?: string;
}

const environment = (box: Sandbox, fault: Fault) =>
  cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, NODE_OPTIONS: PRELOAD, FAULT: JSON.stringify(fault) });

function runWith(box: Sandbox, fault: Fault, args: readonly string[]) {
  return spawnSync(process.execPath, [binary('request-slots'), ...args], {
    env: environment(box, fault),
    encoding: 'utf8',
    timeout: 30_000,
  });
}

const state = (box: Sandbox) =>
  parse(box.slotsText()) as {
    leases: { project: string; slots: number }[] | null;
    slot_allocation: Record<string, number> | null;
  };
const slotsOf = (box: Sandbox, project: string): number =>
  (state(box).leases ?? []).filter((lease) => lease.project === project).reduce((sum, { slots }) => sum + slots, 0);

/** The number of file operations of a successful command. */
function operations(args: readonly string[]): number {
  const log = join(temporaryFolder(), 'log');
  const box = sandbox(20);
  box.run('request-slots', ['warm', '1']);
  expect(runWith(box, { log }, args).status).toBe(0);
  return readFileSync(log, 'utf8').trim().split('\n').length;
}

const lockEntries = (box: Sandbox): string[] => readdirSync(join(box.dir, 'slots.yaml.lock'));

describe('kill -9 at every file operation', () => {
  it('leaves the complete old or new state, and the next command gets the lock at once', () => {
    const holder = String(aProcess().pid);
    const args = ['odin', '3', '--pid', holder];
    const count = operations(args);
    expect(count).toBeGreaterThan(12);
    let before = 0;
    let after = 0;
    for (let at = 1; at <= count; at += 1) {
      const box = sandbox(20);
      box.run('request-slots', ['warm', '1', '--pid', holder]);
      const killed = runWith(box, { at, do: 'kill' }, args);
      expect(killed.signal, `at operation ${at}`).toBe('SIGKILL');
      const got = slotsOf(box, 'odin');
      expect([0, 3]).toContain(got);
      if (got === 0) before += 1;
      else after += 1;
      expect(killed.stdout.includes('Granted') && got === 0, 'told granted, and it was not').toBe(false);

      // A command that takes over the lock without a write removes the files of the dead command.
      expect(box.run('release-slots', ['nobody', '1']).status).toBe(66);
      expect(readdirSync(join(box.dir, 'slots.yaml.lock', 'free'))).toEqual([]);

      const next = box.json('request-slots', ['next', '2', '--pid', holder]);
      expect(next.answer).toMatchObject({ outcome: 'granted', slots: { used: 1 + got + 2 } });
      expect(lockEntries(box)).toEqual(['free']);
      expect(readdirSync(join(box.dir, 'slots.yaml.lock', 'free'))).toEqual([]);
      expect(parse(readFileSync(`${box.slotsPath}.bak`, 'utf8')).leases.length).toBeGreaterThan(0);
    }
    // Some kills came before the commit and some after it.
    expect(before).toBeGreaterThan(3);
    expect(after).toBeGreaterThan(0);
  });
});

describe('a disk error', () => {
  it.each(['ENOSPC', 'EROFS'])('%s at every operation: a clear error, a complete file, a free lock', (code) => {
    const holder = String(aProcess().pid);
    const args = ['odin', '3', '--pid', holder];
    const count = operations(args);
    let refused = 0;
    for (let at = 1; at <= count; at += 1) {
      const box = sandbox(20);
      box.run('request-slots', ['warm', '1', '--pid', holder]);
      const result = runWith(box, { at, do: code }, args);
      expect(result.stderr, `at operation ${at}`).not.toMatch(/internal error|^\s+at /m);
      const got = slotsOf(box, 'odin');
      if (result.status === 0) expect(got).toBe(3);
      else {
        refused += 1;
        expect([74, 77]).toContain(result.status);
        expect(result.stderr).toMatch(/^error: .+\nhint: .+\n$/);
        expect(result.stdout).toBe('');
      }
      expect(box.json('request-slots', ['next', '2', '--pid', holder]).answer).toMatchObject({ outcome: 'granted' });
      expect(lockEntries(box)).toEqual(['free']);
    }
    expect(refused).toBeGreaterThan(5);
  });
});

describe('a stopped holder of the lock', () => {
  /** Starts a command that stops itself with the lock held, just before the rename of its commit. */
  async function stopBeforeCommit(box: Sandbox) {
    const child = collect(
      start(process.execPath, [binary('request-slots'), 'stopped', '1', '--pid', String(process.pid)], {
        env: environment(box, { at: 2, do: 'stop', names: ['renameSync'] }),
      }),
    );
    await until('the command is stopped', () => readFileSync(`/proc/${child.child.pid}/stat`, 'utf8').includes(') T '));
    return child;
  }

  it('is named to commands that time out, and keeps the lock', async () => {
    const box = sandbox(20, { config: 'lock_wait: 300ms\n' });
    box.run('request-slots', ['warm', '1']);
    const stopped = await stopBeforeCommit(box);
    const result = box.run('request-slots', ['odin', '1']);
    expect(result.status).toBe(75);
    expect(result.stderr).toContain(`process ${stopped.child.pid}`);
    expect(result.stderr).toMatch(/^error: .+\nhint: .+\n$/);
    // Reads do not wait for the lock.
    expect(box.run('resource-status', []).status).toBe(0);
    stopped.child.kill('SIGCONT');
    expect(await stopped.result).toMatchObject({ status: 0 });
    expect(slotsOf(box, 'stopped')).toBe(1);
  });

  it('loses the lock after five seconds by default', async () => {
    const box = sandbox(20);
    box.run('request-slots', ['warm', '1']);
    const stopped = await stopBeforeCommit(box);
    expect(box.json('request-slots', ['odin', '2']).answer).toMatchObject({ outcome: 'granted' });
    stopped.child.kill('SIGCONT');
    expect(await stopped.result).toMatchObject({ status: 0 });
    expect([slotsOf(box, 'odin'), slotsOf(box, 'stopped'), slotsOf(box, 'warm')]).toEqual([2, 1, 1]);
  });

  it('loses the lock after lock_takeover_after, and cannot overwrite later commits', async () => {
    const box = sandbox(20, { config: 'lock_takeover_after: 200ms\n' });
    box.run('request-slots', ['warm', '1']);
    const stopped = await stopBeforeCommit(box);
    expect(box.json('request-slots', ['odin', '2']).answer).toMatchObject({ outcome: 'granted' });
    stopped.child.kill('SIGCONT');
    expect(await stopped.result).toMatchObject({ status: 0 });
    expect([slotsOf(box, 'odin'), slotsOf(box, 'stopped'), slotsOf(box, 'warm')]).toEqual([2, 1, 1]);
    expect(lockEntries(box)).toEqual(['free']);
  });
});
