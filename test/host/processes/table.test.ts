/** The whole table of processes: hostile names, zombies, reused pids; marks in environments; the table from ps. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linuxView } from '../../../src/host/processes/linux-view.ts';
import { MARK_VARIABLE, originReader } from '../../../src/host/processes/origins.ts';
import { parseTableRow, portableView } from '../../../src/host/processes/portable-view.ts';
import { lineage, rowOf, scanTable } from '../../../src/host/processes/table.ts';
import { signalProcess } from '../../../src/host/reap/signal.ts';
import { aProcess, kill, temporaryFolder } from '../../helpers/cli.ts';

const statLine = (
  pid: number,
  name: string,
  { state = 'S', parent = 1, group = pid, session = pid, threads = 1, started = 100, rss = 5 } = {},
) =>
  `${pid} (${name}) ${state} ${parent} ${group} ${session} 34816 ${group} 4194304 1 2 3 4 10 20 30 40 20 0 ${threads} 0 ${started} 999 ${rss} 18446744073709551615 1 1 0`;

function aProc(processes: Record<number, { stat?: string; environ?: string; namespace?: string }>): string {
  const proc = temporaryFolder();
  for (const [pid, { stat, environ, namespace }] of Object.entries(processes)) {
    mkdirSync(join(proc, pid, 'ns'), { recursive: true });
    if (namespace !== undefined) symlinkSync(namespace, join(proc, pid, 'ns', 'pid'));
    if (stat !== undefined) writeFileSync(join(proc, pid, 'stat'), stat);
    if (environ !== undefined) writeFileSync(join(proc, pid, 'environ'), environ);
  }
  for (const name of ['self', 'sys', '12x']) mkdirSync(join(proc, name));
  return proc;
}

describe('a table', () => {
  it.each(['foo) Z ', ')', '(', '()()()())))(((()))()()', 'a b c', 'new\nline', ') R 1 1 1', '💥', ''])(
    'has the process with the name %j',
    (name) => {
      const row = scanTable(
        aProc({ 7: { stat: statLine(7, name, { parent: 3, group: 5, session: 4, started: 77 }) } }),
      ).get(7);
      expect(row).toMatchObject({
        pid: 7,
        parent: 3,
        group: 5,
        session: 4,
        started: 77,
        state: 'S',
        tty: 34816,
        rssBytes: 5 * 4096,
      });
      expect(row?.command).toBe(name);
    },
  );

  it('leaves out dead processes, and keeps a leader whose threads live on', () => {
    const table = scanTable(
      aProc({
        5: { stat: statLine(5, 'zombie', { state: 'Z' }) },
        6: { stat: statLine(6, 'leader', { state: 'Z', threads: 3 }) },
        7: { stat: statLine(7, 'dead', { state: 'X' }) },
        8: { stat: 'nonsense' },
        9: {},
      }),
    );
    expect([...table.keys()]).toEqual([6]);
  });

  it('that cannot be listed throws', () => {
    expect(() => scanTable(join(temporaryFolder(), 'nowhere'))).toThrow('ENOENT');
  });

  it('lists ancestors, and survives a cycle', () => {
    const table = scanTable(
      aProc({ 5: { stat: statLine(5, 'a', { parent: 6 }) }, 6: { stat: statLine(6, 'b', { parent: 5 }) } }),
    );
    expect([...lineage(table, 5)]).toEqual([5, 6]);
  });
});

describe('details', () => {
  it('name the executed file, also when it is gone, and the words of the command line', () => {
    const proc = aProc({ 5: { stat: statLine(5, 'a') }, 6: { stat: statLine(6, 'b') } });
    symlinkSync('/opt/claude/versions/2.1.9 (deleted)', join(proc, '5', 'exe'));
    writeFileSync(join(proc, '5', 'cmdline'), 'claude\0-p\0two words\0\0\0');
    const details = [...scanTable(proc).values()].map(linuxView(proc).detail);
    const uid = process.getuid?.();
    expect(details).toEqual([
      { uid, program: '2.1.9', path: '/opt/claude/versions/2.1.9', argv: ['claude', '-p', 'two words'] },
      { uid, program: null, path: null, argv: [] },
    ]);
  });
});

describe('signals', () => {
  it('reach the process with that pid and start time, and no other with that pid', async () => {
    const child = aProcess();
    const view = linuxView();
    const row = rowOf('/proc', child.pid);
    expect(signalProcess(view, { pid: child.pid, started: (row?.started ?? 0) + 1 }, 'SIGKILL')).toBe('gone');
    expect(rowOf('/proc', child.pid)).not.toBeNull();
    expect(signalProcess(view, { pid: child.pid, started: row?.started ?? 0 }, 'SIGCONT')).toBe('sent');
    await kill(child);
    expect(signalProcess(view, { pid: child.pid, started: row?.started ?? 0 }, 'SIGKILL')).toBe('gone');
  });
  it('are never sent to pids below 2 or to this process', () => {
    const view = linuxView();
    for (const pid of [-5, 0, 1, process.pid]) {
      const started = pid > 0 ? (rowOf('/proc', pid)?.started ?? 0) : 0;
      expect(signalProcess(view, { pid, started }, 'SIGCONT')).toBe('denied');
    }
  });
});

describe('marks', () => {
  const variable = (value: string) => `PATH=/bin\0${MARK_VARIABLE}=${value}\0HOME=/\0`;
  it('are found only as the whole value of their variable', () => {
    const proc = aProc({
      5: { stat: statLine(5, 'a'), environ: variable('m1') },
      6: { stat: statLine(6, 'b'), environ: `X${variable('m1').slice(10)}` },
      7: { stat: statLine(7, 'c'), environ: `NOTE=${MARK_VARIABLE}=m1\0` },
      8: { stat: statLine(8, 'd'), environ: `${MARK_VARIABLE}=m2` },
      9: { stat: statLine(9, 'e') },
    });
    expect([...originReader(proc)(scanTable(proc))].map(([pid, { mark }]) => [pid, mark])).toEqual([
      [5, 'm1'],
      [8, 'm2'],
    ]);
  });
  it('are read once for each process, and again for another with its pid', () => {
    const proc = aProc({ 5: { stat: statLine(5, 'a'), environ: variable('m1') } });
    const origins = originReader(proc);
    origins(scanTable(proc));
    rmSync(join(proc, '5', 'environ'));
    expect(origins(scanTable(proc)).get(5)?.mark).toBe('m1');
    writeFileSync(join(proc, '5', 'stat'), statLine(5, 'a', { started: 101 }));
    expect(origins(scanTable(proc)).get(5)).toBeUndefined();
  });
  it('are found in a process that gets them when it starts its program', () => {
    const proc = aProc({ 5: { stat: statLine(5, 'sh'), environ: 'PATH=/bin\0' } });
    const origins = originReader(proc);
    expect(origins(scanTable(proc)).size).toBe(0);
    writeFileSync(join(proc, '5', 'environ'), variable('m1'));
    expect(origins(scanTable(proc)).get(5)?.mark).toBe('m1');
  });
});

describe('the Claude session of a process', () => {
  const OURS = 'pid:[4026531836]';
  const sessionIn = (environ: string, namespace: string | undefined = OURS) => {
    const proc = aProc({ 5: { stat: statLine(5, 'a'), environ, ...(namespace === '' ? {} : { namespace }) } });
    if (namespace !== '') {
      mkdirSync(join(proc, 'self', 'ns'));
      symlinkSync(OURS, join(proc, 'self', 'ns', 'pid'));
    }
    return originReader(proc)(scanTable(proc)).get(5) ?? null;
  };
  const claude = (pid: number, id: string | null = null, agentVariables: readonly string[] = []) => ({
    ...{ mark: null, claude: { pid, id }, agentVariables },
  });
  it.each([
    [
      'is read with its id',
      'CLAUDE_PID=40\0CLAUDE_CODE_SESSION_ID=1a2b-3c\0',
      claude(40, '1a2b-3c', ['CLAUDE_CODE_SESSION_ID=1a2b-3c']),
    ],
    ['is read without an id', 'A=1\0CLAUDE_PID=40', claude(40)],
    ['is read beside the mark of a run', `CLAUDE_PID=40\0${MARK_VARIABLE}=m1\0`, { ...claude(40), mark: 'm1' }],
    [
      'is read without an id of control characters',
      'CLAUDE_PID=40\0CLAUDE_CODE_SESSION_ID=\u001b[2J\0',
      claude(40, null, ['CLAUDE_CODE_SESSION_ID=\u001b[2J']),
    ],
    [
      'is read with the variables of agent programs that are not empty',
      'CLAUDE_PID=40\0CLAUDECODE=1\0GEMINI_CLI=1\0OPENCODE=\0',
      claude(40, null, ['CLAUDECODE=1', 'GEMINI_CLI=1']),
    ],
    ['is null in a unit of systemd', 'CLAUDE_PID=40\0SYSTEMD_EXEC_PID=5\0', null],
    ['is read below a unit of systemd', 'CLAUDE_PID=40\0SYSTEMD_EXEC_PID=6\0', claude(40)],
    ['has no mark in a unit that took it over', `${MARK_VARIABLE}=m1\0SYSTEMD_EXEC_PID=5\0`, null],
    [
      'has no mark below a unit that took it over',
      `${MARK_VARIABLE}=m1\0RESOURCE_MANAGER_UNIT=\0SYSTEMD_EXEC_PID=6\0`,
      null,
    ],
    [
      'has the mark of a run in a unit',
      `${MARK_VARIABLE}=m1\0RESOURCE_MANAGER_UNIT=6\0SYSTEMD_EXEC_PID=6\0`,
      { mark: 'm1', claude: null, agentVariables: [] },
    ],
    ['is null for another variable', 'MY_CLAUDE_PID=40\0', null],
    ['is null without a number', 'CLAUDE_PID=40x\0', null],
    ['is null for an empty value', 'CLAUDE_PID=\0', null],
    ['is null for pid 0', 'CLAUDE_PID=0\0', null],
  ])('%s', (_name, environ, want) => {
    expect(sessionIn(environ)).toEqual(want);
  });
  it('is null in another pid namespace or an unknown one', () => {
    expect(sessionIn('CLAUDE_PID=40\0', 'pid:[4026532000]')).toBeNull();
    expect(sessionIn('CLAUDE_PID=40\0', '')).toBeNull();
  });
});

describe('the age of a process and the end of a pid', () => {
  it('are counted from the boot; without an uptime the age is 0', () => {
    const proc = aProc({ 5: { stat: statLine(5, 'a', { started: 1000 }) } });
    const row = rowOf(proc, 5);
    if (row === null) throw new Error('no row');
    expect(linuxView(proc).ageMs(row)).toBe(0);
    writeFileSync(join(proc, 'uptime'), '130.25 500.00\n');
    expect(linuxView(proc).ageMs(row)).toBe(120_250);
    // A container can show an uptime of its own; the age is then at least the time since this process started.
    writeFileSync(join(proc, 'self', 'stat'), statLine(5, 'a', { started: 91_000 }));
    expect(linuxView(proc).ageMs(row)).toBeGreaterThanOrEqual(900_000);
  });
  it('agree with the clock and with real processes', async () => {
    const child = aProcess();
    for (const view of [linuxView(), portableView()]) {
      const row = view.row(child.pid);
      expect(row === null ? null : view.ageMs(row)).toBeLessThan(20_000);
      expect(view.isGone(child.pid)).toBe(false);
    }
    await kill(child);
    expect([linuxView(), portableView()].map((view) => view.isGone(child.pid))).toEqual([true, true]);
  });
  it('a zombie has ended; a process that /proc hides may live', () => {
    const proc = aProc({
      5: { stat: statLine(5, 'zombie', { state: 'Z' }) },
      6: { stat: statLine(6, 'alive') },
    });
    expect([5, 6, process.pid].map((pid) => linuxView(proc).isGone(pid))).toEqual([true, false, false]);
  });
});

describe('the portable view', () => {
  it('reads a line of ps', () => {
    expect(parseTableRow('  501   1   501   -   1000  2048 Ss+  Tue Nov  3 10:11:12 2026 /bin/zsh -l')).toEqual({
      pid: 501,
      parent: 1,
      group: 501,
      session: 501,
      uid: 1000,
      rssBytes: 2048 * 1024,
      state: 'Ss+',
      tty: 1,
      started: Date.UTC(2026, 10, 3, 10, 11, 12) / 1000,
      command: '/bin/zsh -l',
    });
    expect(parseTableRow('nonsense')).toBeNull();
  });
  it('sees this machine as /proc does, and ps-tree finds the processes below', async () => {
    const child = aProcess();
    const view = portableView();
    const row = view.scan().get(child.pid);
    expect(row).toMatchObject({ pid: child.pid, parent: process.pid });
    expect(await view.below(process.pid)).toContain(child.pid);
    await kill(child);
    expect(view.row(child.pid)).toBeNull();
  });
  it('throws without ps', async () => {
    const { PATH } = process.env;
    process.env.PATH = temporaryFolder();
    try {
      expect(() => portableView().scan()).toThrow('ps did not list the processes');
      await expect(portableView().below(process.pid)).rejects.toThrow('ENOENT');
    } finally {
      process.env.PATH = PATH;
    }
  });
});
