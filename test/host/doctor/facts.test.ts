/** doctor's facts of machines that this one is not: the same reading as the monitor's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnoseMachine } from '../../../src/core/doctor/diagnose.ts';
import { readFacts } from '../../../src/host/doctor/facts.ts';
import { cgroupPaths } from '../../../src/host/health/cgroup-paths.ts';
import { taskLimit } from '../../../src/host/health/tasks.ts';
import { temporaryFolder } from '../../helpers/cli.ts';
import { aMachine, GIB, meminfo } from '../../helpers/machine-tree.ts';

type Files = Record<string, string>;
const SWAP = 'SwapTotal: 8388608 kB\nSwapFree: 8388608 kB\n';
const STALLS = 'some avg10=0.00 total=5\nfull avg10=0.00 total=5\n';
const limits = (files: number | string, tasks: number | string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax processes             ${tasks}                 ${tasks}                 processes\nMax open files            ${files}                 524288               files\n`;

function findings(files: Files, env: Record<string, string> = {}) {
  const { proc, cgroup } = aMachine(files);
  const facts = readFacts({ env: { HOME: '/nonexistent', ...env }, proc, cgroup, lib: '/nonexistent' });
  const found = diagnoseMachine({ ...facts, platform: 'linux' });
  return (id: string) => {
    const { level, summary, fix } = found.find((finding) => finding.id === id) ?? { level: '', summary: '', fix: '' };
    return { level, summary, fix };
  };
}
const group = {
  'proc/self/cgroup': '0::/app\n',
  'cgroup/app/memory.max': `${4 * GIB}\n`,
  'cgroup/app/memory.current': `${3 * GIB}\n`,
};

describe('swap', () => {
  it.each<[string, Files, string]>([
    ['there is some', { 'proc/meminfo': meminfo(16, 8, SWAP) }, 'ok'],
    ['none', {}, 'info'],
    [
      'a container may use none',
      { ...group, 'proc/meminfo': meminfo(16, 8, SWAP), 'cgroup/app/memory.swap.max': '0\n' },
      'info',
    ],
    ['unreadable', { 'proc/meminfo': 'nonsense' }, 'info'],
  ])('%s', (_name, files, level) => expect(findings(files)('swap').level).toBe(level));

  it('that is not known is called unknown', () =>
    expect(findings({ 'proc/meminfo': 'nonsense' })('swap').summary).toBe('unknown'));
});

describe('pressure', () => {
  it.each<[string, Files, string]>([
    ['of the machine', { 'proc/pressure/memory': STALLS }, 'ok'],
    ['none', {}, 'info'],
    ['of a container', { ...group, 'cgroup/app/memory.pressure': STALLS }, 'ok'],
    ['of the host of a container without its own', { ...group, 'proc/pressure/memory': STALLS }, 'info'],
  ])('%s', (_name, files, level) => expect(findings(files)('pressure').level).toBe(level));
});

describe('limits', () => {
  it.each<[string, Files, string | RegExp]>([
    ['high', { 'proc/self/limits': limits(4096, 'unlimited') }, 'limits are high enough'],
    ['few files', { 'proc/self/limits': limits(256, 'unlimited') }, /low: 256 open files$/],
    [
      'a small container',
      { 'cgroup/pids.max': '200\n', 'cgroup/pids.current': '3\n' },
      /low: 200 processes and threads$/,
    ],
  ])('%s', (_name, files, summary) => expect(findings(files)('limits').summary).toMatch(summary));

  it('that are low have commands that raise them', () => {
    const files = { 'proc/self/limits': limits(256, 7), 'cgroup/pids.max': '9\n', 'cgroup/pids.current': '3\n' };
    expect(findings(files)('limits').fix).toMatch(/^raise them, as root: ulimit -n 1024; ulimit -u 4096 /);
  });

  it('of a user count for everybody but root', () => {
    const { proc, cgroup } = aMachine({
      'proc/self/limits': limits(1024, 300),
      'cgroup/pids.max': '400\n',
      'cgroup/pids.current': '3\n',
    });
    const groups = cgroupPaths(proc, cgroup);
    expect([taskLimit(proc, groups, 1000), taskLimit(proc, groups, 0)]).toEqual([300, 400]);
  });
});

it('without Claude Code nothing about it is fine or wrong', () => {
  const by = findings({});
  expect([by('hooks').level, by('tool-memory').level, by('linger').level]).toEqual(['info', 'info', 'info']);
});

it('earlyoom that spares sessions is fine, and one that does not is not', () => {
  const daemon = (words: string): Files => ({
    'proc/77/comm': 'earlyoom\n',
    'proc/77/cmdline': words.replaceAll(' ', '\0'),
  });
  expect(findings(daemon('earlyoom -m 5'))('oom-killers').level).toBe('warn');
  for (const words of ['earlyoom --avoid ^claude$', 'earlyoom --prefer node'])
    expect(findings(daemon(words))('oom-killers').level).toBe('ok');
});

it.each([undefined, '', 'another'])('asks systemd about the user of this process when USER is %j', (USER) => {
  const [lib, runtime] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(runtime, 'systemd/private'), { recursive: true });
  mkdirSync(join(lib, 'systemd/linger'), { recursive: true });
  const lingers = () => readFacts({ env: { USER, XDG_RUNTIME_DIR: runtime }, lib }).lingers;
  writeFileSync(join(lib, 'systemd/linger/another'), '');
  expect(lingers()).toBe(false);
  writeFileSync(join(lib, 'systemd/linger', userInfo().username), '');
  expect(lingers()).toBe(true);
});
