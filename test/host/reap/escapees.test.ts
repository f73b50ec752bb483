/** Real processes leave their tree in nine ways; resource-kill ends them and spares similar neighbours. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { identityOf, isAlive, type OwnProcess } from '../../helpers/alive.ts';
import { aProcess, cleanEnvironment, ROOT, sandbox, start, temporaryFolder, until } from '../../helpers/cli.ts';

const ESCAPEES = 'plain nohup setsid own-group double-fork setsid-double-fork retitled env-i zeroed'.split(' ');
const SCRIPT = join(ROOT, 'test/helpers/escapees.cjs');

const leftovers: OwnProcess[] = [];
afterEach(() => {
  for (const own of leftovers.splice(0)) if (isAlive(own)) process.kill(own.pid, 'SIGKILL');
});

function pidsIn(file: string): Map<string, OwnProcess> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return new Map(
    lines.flatMap((line) => {
      const [name = '', pid] = line.split(' ');
      const own = identityOf(Number(pid));
      return own === null ? [] : [[name, own] as const];
    }),
  );
}

const hasCgroup =
  spawnSync('sh', [
    '-c',
    'for d in /sys/fs/cgroup /sys/fs/cgroup/unified; do [ -w $d/cgroup.procs ] && exit 0; done; exit 1',
  ]).status === 0;

describe.each([
  { containment: 'cgroup', least: 9, isHere: hasCgroup },
  { containment: 'ledger', least: 7, isHere: true },
])('contained by $containment', ({ containment, least, isHere }) => {
  it.runIf(isHere)(`ends at least ${least} of nine escapees and harms no neighbour`, async () => {
    const box = sandbox(20, { config: `containment: ${containment}\n` });
    const folder = temporaryFolder();
    const file = join(folder, 'pids');
    const run = box.begin('resource-manager', ['run', 'odin', '--agent', 'auth', '--', process.execPath, SCRIPT, file]);
    await until('all nine have written their pids', () => pidsIn(file).size === ESCAPEES.length);
    const escapees = pidsIn(file);
    leftovers.push(...escapees.values());
    expect([...escapees.keys()].sort()).toEqual([...ESCAPEES].sort());

    // Neighbours: the same program without a mark, and the same program of another project.
    const neighbour = aProcess();
    const other = box.begin('resource-manager', ['run', 'hera', '--', 'sleep', '600']);
    const otherRoot = await until('the other project runs', () => {
      const lease = /"project":"hera".*?"root":\{"pid":(\d+)/.exec(box.slotsText());
      return lease === null ? null : identityOf(Number(lease[1]));
    });
    const canaries = [identityOf(neighbour.pid), otherRoot].filter((own) => own !== null);

    const { status, answer } = box.json<{ survivors: unknown[]; terminated: { pid: number }[] }>('resource-kill', [
      'odin',
      '-y',
      '--grace',
      '500ms',
    ]);
    const survivors = [...escapees].filter(([, own]) => isAlive(own)).map(([name]) => name);
    expect(ESCAPEES.length - survivors.length, `alive: ${survivors.join(' ')}`).toBeGreaterThanOrEqual(least);
    expect(status).toBe(0);
    expect(answer.survivors).toEqual([]);
    expect(canaries.filter((own) => !isAlive(own))).toEqual([]);
    expect((await run.result).status).not.toBeNull();
    expect(box.json<{ slots: { used: number } }>('resource-status', []).answer.slots.used).toBe(1);
    other.child.kill('SIGTERM');
    expect((await other.result).status).toBe(143);
  });

  const hasTmux = spawnSync('tmux', ['-V']).status === 0;
  it.runIf(isHere && hasTmux)(
    'spares a terminal multiplexer that a marked agent started, with everything in it',
    async () => {
      const box = sandbox(20, { config: `containment: ${containment}\n` });
      const folder = temporaryFolder();
      const socket = join(folder, 'tmux');
      const tmux = (...args: string[]) =>
        spawnSync('tmux', ['-S', socket, ...args], { encoding: 'utf8', env: cleanEnvironment() });
      const file = join(folder, 'pane');
      const agent = `tmux -S ${socket} -f /dev/null new-session -d 'echo $$ > ${file}; exec sleep 600'; exec sleep 600`;
      try {
        const run = box.begin('resource-manager', ['run', 'odin', '--', 'sh', '-c', agent]);
        await until('the pane lives', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
        await until('the run is known', () => box.slotsText().includes('"root"'));
        const pane = identityOf(Number(readFileSync(file, 'utf8')));
        const server = identityOf(Number(tmux('display-message', '-p', '#{pid}').stdout));
        expect(pane).not.toBeNull();
        expect(server).not.toBeNull();
        leftovers.push(pane as OwnProcess, server as OwnProcess);
        const { status, answer } = box.json<{ skipped: { pid: number; why: string }[] }>('resource-kill', [
          'odin',
          '-y',
          '--grace',
          '500ms',
        ]);
        expect(status).toBe(0);
        await run.result;
        expect([pane, server].map((own) => own !== null && isAlive(own))).toEqual([true, true]);
        expect(answer.skipped.map(({ pid }) => pid)).toContain(server?.pid);
      } finally {
        tmux('kill-server');
      }
    },
  );

  it.runIf(isHere)('ends a respawner that ignores SIGTERM', async () => {
    const box = sandbox(20, { config: `containment: ${containment}\n` });
    const respawner = 'trap : TERM; while :; do setsid sleep 600.5 & wait; done';
    const run = box.begin('resource-manager', ['run', 'odin', '--', 'bash', '-c', respawner]);
    await until('it runs', () => box.slotsText().includes('"root"'));
    const { answer } = box.json<{ survivors: unknown[]; terminated: { pid: number }[] }>('resource-kill', [
      'odin',
      '-y',
      '--grace',
      '200ms',
    ]);
    expect(answer.survivors).toEqual([]);
    await run.result;
    expect(
      answer.terminated.map(({ pid }) => identityOf(pid)?.command ?? null).filter((name) => name === 'sleep'),
    ).toEqual([]);
  });
});

it('needs --yes without a terminal, and ends the holder with it', () => {
  const box = sandbox(5);
  const holder = aProcess();
  box.run('request-slots', ['odin', '2', '--pid', String(holder.pid)]);
  const refused = box.run('resource-kill', ['odin']);
  expect(refused.status).toBe(64);
  expect(refused.stderr).toContain('resource-kill odin --yes');
  const planned = box.json<{ terminated: { pid: number; evidence: string }[]; slots_released: number }>(
    'resource-kill',
    ['odin', '--dry-run'],
  );
  expect(planned.answer).toMatchObject({ terminated: [{ pid: holder.pid, evidence: 'root' }], slots_released: 2 });
  expect(isAlive(identityOf(holder.pid) as OwnProcess)).toBe(true);
  expect(box.run('resource-kill', ['odin', '-y']).stdout).toBe(
    '⚠️  Killing all odin agents...\n   2 agents terminated (1 process)\n   2 slots released\n\nReason: User requested\n',
  );
  expect(identityOf(holder.pid)).toBeNull();
});

it('never ends its own ancestors, nor other processes below them', () => {
  const box = sandbox(5);
  const neighbour = aProcess();
  // This test process holds the slots and is an ancestor of the command.
  expect(box.run('request-slots', ['odin', '2', '--pid', String(process.pid)]).status).toBe(0);
  const { status, answer } = box.json<{ terminated: unknown[]; skipped: { pid: number }[]; slots_released: number }>(
    'resource-kill',
    ['odin', '-y'],
  );
  expect(status).toBe(0);
  expect(answer.terminated).toEqual([]);
  expect(answer.skipped.map(({ pid }) => pid)).toEqual([process.pid]);
  expect(answer.slots_released).toBe(2);
  expect(isAlive(identityOf(neighbour.pid) as OwnProcess)).toBe(true);
});

it('spares a holder that also holds slots of another project', () => {
  const box = sandbox(9);
  const holder = aProcess();
  for (const name of ['odin', 'hera']) box.run('request-slots', [name, '2', '--pid', String(holder.pid)]);
  const { answer } = box.json<{ skipped: { pid: number; why: string }[] }>('resource-kill', ['odin', '-y']);
  expect(answer.skipped).toEqual([{ pid: holder.pid, command: 'sleep', why: 'holds another lease' }]);
  expect(isAlive(identityOf(holder.pid) as OwnProcess)).toBe(true);
});

it('refuses an unknown project', () => {
  const box = sandbox(5);
  start('sleep', ['600']);
  const { status, stderr } = box.run('resource-kill', ['nobody', '-y']);
  expect(status).toBe(66);
  expect(stderr).toContain('no project called nobody');
});
