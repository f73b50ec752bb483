/** A paused lease must not hold the lock of the state: it goes on at once, or everybody would wait for it. */
import { expect, it } from 'vitest';
import { LeasePauser } from '../../../src/app/monitor/lease-pauser.ts';
import type { ProcessRef } from '../../../src/core/model/process-ref.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { FULL_TRUST } from '../../../src/core/trust/trust.ts';
import type { MonitorPorts } from '../../../src/ports/monitor.ts';
import { aSample, GIB } from '../../helpers/machine.ts';
import { aLease, anEnvironment, aState, later, process_ } from '../../helpers/state.ts';

const row = { pid: 50, parent: 1, group: 50, session: 50, tty: 0, started: 50, state: 'S', command: 'node' };

async function pauseWhile(holder: ProcessRef | null | 'unknown') {
  const acts: string[] = [];
  const settings = { ...DEFAULT_SETTINGS, monitor: { ...DEFAULT_SETTINGS.monitor, pause: true } };
  const lease = aLease('L1', 'odin', 1, { holder: process_(50) });
  const snapshot = (seconds: number) => ({
    state: aState(9, [lease]),
    environment: anEnvironment(settings, later(seconds * 1000)),
    ...{ repairs: [], isDue: false },
  });
  const findings = { found: [{ row: { ...row, rssBytes: GIB }, evidence: 'root' }], skipped: [] };
  const parts = {
    store: {
      trust: async () => FULL_TRUST,
      transact: async ({ paused }: { paused: boolean }) => acts.push(paused ? 'recorded' : 'undone'),
      lockHolder: () => holder,
    },
    acts: { write: async ({ paused }: { paused: boolean }) => acts.push(paused ? 'recorded' : 'undone') },
    reaper: {
      survey: async () => [{ lease, findings, memoryBytes: GIB }],
      hold: async (_target: unknown, isStopped: boolean) => {
        acts.push(isStopped ? 'stopped' : 'continued');
        return [50];
      },
    },
    history: { append: () => {} },
    say: () => {},
    ...{ isDryRun: false, noKill: false },
  } as unknown as MonitorPorts;
  const pauser = new LeasePauser(parts);
  await pauser.consider(snapshot(0), aSample(0, { memory: 50 }));
  await pauser.consider(snapshot(1), aSample(1, { memory: 80 }));
  return acts;
}

it.each([
  ['free', null],
  ['held by another process', process_(77)],
] as const)('while the lock is %s, it stays paused', async (_name, holder) => {
  expect(await pauseWhile(holder)).toEqual(['recorded', 'stopped']);
});

it.each([
  ['held by it', process_(50)],
  ['held by nobody knows whom', 'unknown'],
] as const)('while the lock is %s, it goes on at once', async (_name, holder) => {
  expect(await pauseWhile(holder)).toEqual(['recorded', 'stopped', 'continued', 'undone']);
});
