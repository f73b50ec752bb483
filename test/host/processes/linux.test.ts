/** Processes read from a fake /proc: hostile names, zombies, reused pids, hidden processes. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessRef } from '../../../src/core/model/process-ref.ts';
import { processKey } from '../../../src/core/model/process-ref.ts';
import { longLivedAncestor } from '../../../src/host/holder.ts';
import { linuxProcesses } from '../../../src/host/processes/linux.ts';
import { parsePsRow, portableProcesses } from '../../../src/host/processes/portable.ts';
import { parseStat } from '../../../src/host/processes/stat.ts';
import { aProcess, kill, temporaryFolder } from '../../helpers/cli.ts';

interface Fake {
  readonly name?: string;
  readonly state?: string;
  readonly parent?: number;
  readonly threads?: number;
  readonly started?: number;
  readonly argv?: readonly string[];
}

const statLine = (pid: number, { name = 'x', state = 'S', parent = 1, threads = 1, started = 500 }: Fake): string =>
  `${pid} (${name}) ${state} ${parent} 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 ${threads} 0 ${started} 0 0 0\n`;

function fakeProc(processes: Record<number, Fake>): string {
  const proc = temporaryFolder();
  mkdirSync(join(proc, 'sys/kernel/random'), { recursive: true });
  writeFileSync(join(proc, 'sys/kernel/random/boot_id'), '01234567-89ab-cdef-0123-456789abcdef\n');
  mkdirSync(join(proc, 'self/ns'), { recursive: true });
  symlinkSync('pid:[4026531836]', join(proc, 'self/ns/pid'));
  for (const [pid, fake] of Object.entries(processes)) {
    mkdirSync(join(proc, pid));
    writeFileSync(join(proc, pid, 'stat'), statLine(Number(pid), fake));
    writeFileSync(join(proc, pid, 'cmdline'), `${(fake.argv ?? [fake.name ?? 'x']).join('\0')}\0`);
  }
  return proc;
}

const HERE = { boot: '0123456789ab', ns: 4026531836 };
const ref = (pid: number, started = 500, more: Partial<ProcessRef> = {}): ProcessRef => ({
  pid,
  started,
  ...HERE,
  command: null,
  ...more,
});

describe('parseStat', () => {
  it.each([
    ['a plain name', 'node', 'node'],
    ['a name that looks like the end', 'foo) Z ', 'foo) Z '],
    ['parentheses inside', '((a)) b', '((a)) b'],
    ['a line feed inside', 'two\nlines', 'two\nlines'],
    ['an empty name', '', ''],
  ])('%s', (_name, name, want) => {
    expect(parseStat(statLine(7, { name, state: 'R', parent: 3, threads: 4, started: 99 }))).toEqual({
      command: want,
      state: 'R',
      parent: 3,
      session: 1,
      threads: 4,
      started: 99,
    });
  });

  it.each(['', '7', '7 (a', '7 (a) S', '7 (a) S x 1'])('%j is null', (text) => {
    expect(parseStat(text)).toBeNull();
  });
});

describe('proof of death', () => {
  // A pid above the kernel's maximum, which no real process can have.
  const A = 9_000_001;
  const cases: readonly (readonly [string, Fake | null, Partial<ProcessRef>, boolean])[] = [
    ['alive', {}, {}, false],
    ['gone', null, {}, true],
    ['a reused pid', { started: 501 }, {}, true],
    ['a zombie', { state: 'Z' }, {}, true],
    ['a leader that ended before its threads', { state: 'Z', threads: 3 }, {}, false],
    ['dead and not yet removed', { state: 'X' }, {}, true],
    ['stopped', { state: 'T' }, {}, false],
    ['of an earlier boot with the same pid and start time', {}, { boot: 'ffffffffffff' }, true],
    ['of another pid namespace, in which no death can be proved', null, { ns: 1 }, false],
    ['written by hand, without boot', {}, { boot: null, ns: null }, false],
    ['with a hostile name', { name: 'foo) Z 1 ' }, {}, false],
  ];
  it.each(cases)('%s', (_name, fake, more, want) => {
    const processes = linuxProcesses(fakeProc(fake === null ? {} : { [A]: fake }));
    const holder = ref(A, 500, more);
    expect(processes.proveDead([holder, holder]).has(processKey(holder))).toBe(want);
  });

  it('a process that /proc hides and kill finds is alive', () => {
    const hidden = ref(process.pid);
    expect(linuxProcesses(fakeProc({})).proveDead([hidden]).size).toBe(0);
  });

  it.each([
    ['linux', linuxProcesses()],
    ['portable', portableProcesses()],
  ])('real processes, %s', async (_name, processes) => {
    const child = aProcess();
    const found = processes.find(child.pid);
    expect(found).toMatchObject({ pid: child.pid, command: 'sleep' });
    const alive = found as ProcessRef;
    expect(processes.proveDead([alive]).size).toBe(0);
    expect(processes.proveDead([{ ...alive, started: alive.started - 5 }]).size).toBe(1);
    await kill(child);
    expect(processes.proveDead([alive]).size).toBe(1);
    expect(processes.find(child.pid)).toBeNull();
  });
});

describe('parsePsRow', () => {
  it('reads the start time and keeps the whole command', () => {
    expect(parsePsRow('  412     1 Ss   Sat Nov 21 10:00:00 2026 /usr/bin/node a  b')).toEqual({
      pid: 412,
      parent: 1,
      state: 'Ss',
      started: Date.UTC(2026, 10, 21, 10) / 1000,
      command: '/usr/bin/node a  b',
    });
    expect(parsePsRow('ps: illegal option')).toBeNull();
  });
});

describe('the long-lived ancestor', () => {
  const find = (argvs: readonly (readonly string[])[], pid1 = ['/sbin/init']) => {
    const fakes: Record<number, Fake> = { 1: { argv: pid1, parent: 0 } };
    argvs.forEach((argv, at) => {
      fakes[100 + at] = { argv, parent: at === argvs.length - 1 ? 1 : 101 + at };
    });
    return longLivedAncestor(linuxProcesses(fakeProc(fakes)), 100)?.pid ?? null;
  };
  const CLI = ['node', 'request-slots'];
  it.each<readonly [string, readonly (readonly string[])[], number | null]>([
    ['an interactive shell', [CLI, ['-bash']], 101],
    ['a script', [CLI, ['bash', 'supervisor.sh']], 101],
    ['an agent behind sh -c', [CLI, ['sh', '-c', 'request-slots p 1'], ['claude']], 102],
    [
      'an agent behind two shells',
      [CLI, ['/bin/bash', '-lc', 'x'], ['zsh', '-o', 'pipefail', '-c', 'y'], ['claude']],
      103,
    ],
    [
      'a supervisor behind timeout and sudo',
      [CLI, ['timeout', '9', 'request-slots'], ['sudo', 'x'], ['node', 'supervisor.js']],
      103,
    ],
    ['a shell behind npx', [CLI, ['sh', '-c', 'x'], ['npm exec request-slots'], ['fish']], 103],
    ['a shell behind npx run as a script', [CLI, ['node', '/usr/bin/npx', 'x'], ['bash']], 102],
    ['busybox', [CLI, ['busybox', 'sh', '-c', 'x'], ['python3', 'sup.py']], 102],
    ['a script with an argument called -c', [CLI, ['bash', 'run.sh', '-c']], 101],
    ['only init', [CLI, ['sh', '-c', 'x']], null],
  ])('%s', (_name, argvs, want) => {
    expect(find(argvs)).toBe(want);
  });

  it('is process 1 if that is the program of a container', () => {
    expect(find([CLI, ['sh', '-c', 'x']], ['node', 'supervisor.js'])).toBe(1);
  });
});
