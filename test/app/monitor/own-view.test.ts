/** In a state of several users a monitor acts for its own user, on its own samples, whatever the others write. */
import { describe, expect, it } from 'vitest';
import { AbandonedReaper } from '../../../src/app/monitor/abandoned-reaper.ts';
import { OwnView } from '../../../src/app/monitor/own-view.ts';
import { SilenceWatch } from '../../../src/app/monitor/silence-watch.ts';
import { chooseVictim } from '../../../src/app/monitor/victim-reaper.ts';
import type { Lease, Run } from '../../../src/core/model/lease.ts';
import { processKey } from '../../../src/core/model/process-ref.ts';
import { EMPTY_VM_STATE, type State } from '../../../src/core/model/state.ts';
import { decideReaping } from '../../../src/core/reap/decide.ts';
import type { Target } from '../../../src/core/reap/targets.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { FULL_TRUST, trustOf } from '../../../src/core/trust/trust.ts';
import { keyOfVoucher } from '../../../src/core/trust/voucher.ts';
import type { MonitorPorts } from '../../../src/ports/monitor.ts';
import type { Snapshot } from '../../../src/ports/snapshot.ts';
import { aSample, LIMITS } from '../../helpers/machine.ts';
import { aLease, anEnvironment, aState, later, NOW, process_ } from '../../helpers/state.ts';

const voucher = {
  ...{ project: 'odin', holder: process_(1001), session: null, run: null, isEnding: false, isPaused: false },
};
const trust = trustOf(new Map([[keyOfVoucher(voucher) ?? '', voucher]]), () => new Map());
const RUN: Run = {
  ...{ containment: 'ledger', folder: null, mark: 'm', numbers: [1], root: process_(60) },
  ...{ memoryBytes: null, isRetriable: false },
};
const [own, others] = [aLease('L1', 'odin', 1), aLease('L2', 'hera', 1)];

const snapshotOf = (state: State, seconds = 0): Snapshot => ({
  ...{ state, environment: anEnvironment(DEFAULT_SETTINGS, later(seconds * 1000)), repairs: [], isDue: false },
});

describe('the view of a monitor', () => {
  const view = () => new OwnView({ store: { trust: async () => trust }, steadyMs: () => 90_000 });
  const vmState = { ...EMPTY_VM_STATE, health: 'critical', criticalSamples: 99, reapedAt: later(60_000) } as const;
  const state = { ...aState(9, [own]), vmLimits: LIMITS, vmState };
  const short = { memory: 96 };

  it('has memory critical after two samples of its own, and healthy samples end that', async () => {
    const seen = view();
    const judge = async (seconds: number, figures: object, reapedAtMs: number | null = null) => {
      const sample = aSample(seconds, figures);
      const { state: after, environment } = await seen.after(sample, snapshotOf(state, seconds), reapedAtMs);
      return decideReaping(after, environment, sample).kind;
    };
    expect(await judge(1, {})).toBe('no');
    expect([await judge(2, short), await judge(3, short), await judge(4, short, 89_000)]).toEqual([
      'no',
      'reap',
      'not-yet',
    ]);
    expect([await judge(5, {}), await judge(6, short)]).toEqual(['no', 'no']);
  });

  it('is the state itself where no other user writes', async () => {
    const snapshot = snapshotOf(state);
    const all = new OwnView({ store: { trust: async () => FULL_TRUST }, steadyMs: () => 0 });
    expect(await all.after(aSample(1, short), snapshot, null)).toBe(snapshot);
  });

  it('chooses a victim among the leases of its user', async () => {
    const surveyed: string[] = [];
    const survey = async (leases: readonly Lease[]) => {
      surveyed.push(...leases.map(({ id }) => id));
      return [];
    };
    await chooseVictim(snapshotOf(aState(9, [others, own])), {
      ...{ store: { trust: async () => trust }, reaper: { survey } },
    } as unknown as MonitorPorts);
    expect(surveyed).toEqual(['L1']);
  });

  it('ends an abandoned run of its user alone', async () => {
    const ended: Target[] = [];
    const runs = [others, own].map((lease) => ({ ...lease, run: RUN }));
    const vouched = { ...voucher, run: { mark: 'm', folders: [], root: process_(60) } };
    let steadyMs = 0;
    const reaper = new AbandonedReaper({
      store: { trust: async () => trustOf(new Map([['run.m', vouched]]), () => new Map()) },
      acts: { begin: async () => null, write: async () => null },
      reaper: {
        end: async (target: Target) => {
          ended.push(target);
          return { terminated: [], skipped: [], survivors: [] };
        },
      },
      ...{ history: { append: () => {} }, say: () => {}, steadyMs: () => steadyMs, noKill: false },
    } as unknown as MonitorPorts);
    const dead = new Set(runs.map(({ holder }) => processKey(holder ?? process_(0))));
    for (const at of [0, 30_000]) {
      steadyMs = at;
      await reaper.consider(aState(9, runs), { ...anEnvironment(), dead });
    }
    expect(ended.map(({ roots }) => roots.length)).toEqual([1]);
  });

  it('looks for signs of life of its own agents, and ends no lease of others for want of them', async () => {
    const spawn = { session: 's', toolCall: null, agentId: 'a', isNested: false, heardAt: NOW };
    const asked: string[] = [];
    const silent: string[] = [];
    await new SilenceWatch({
      store: {
        trust: async () => ({ ...trust, isOwn: ({ id }: Lease) => id === 'L1' }),
        transact: async (found: { silent: ReadonlyMap<string, unknown> }) => {
          silent.push(...found.silent.keys());
          return { events: [] };
        },
      },
      openSigns: async () => ({
        look: async (leases: readonly Lease[]) => {
          asked.push(...leases.map(({ id }) => id));
          return { heard: new Map(), busy: new Set(), suspendedMs: 0 };
        },
      }),
      ...{ say: () => {}, steadyMs: () => 60_000, isDryRun: false },
    } as unknown as MonitorPorts).consider(
      snapshotOf(
        aState(9, [
          { ...others, spawn },
          { ...own, spawn },
        ]),
        24 * 60 * 60,
      ),
    );
    expect([asked, silent]).toEqual([['L1'], ['L1']]);
  });
});
