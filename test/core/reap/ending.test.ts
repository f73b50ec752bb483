/** Leases of runs, and the two phases that end them. */
import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import type { Run } from '../../../src/core/model/lease.ts';
import { abandonedRuns } from '../../../src/core/reap/abandoned.ts';
import { targetOf } from '../../../src/core/reap/targets.ts';
import { transition } from '../../../src/core/transition.ts';
import {
  aLease,
  anEntry,
  anEnvironment,
  aRequest,
  aState,
  later,
  leaseLines,
  NOW,
  outcomeLine,
  process_,
} from '../../helpers/state.ts';

const wrapper = process_(100);
const command = process_(200);
const run = (more: Partial<Run> = {}): Run => ({
  containment: 'cgroup',
  folder: '/g/m1',
  mark: 'm1',
  numbers: [1],
  root: command,
  memoryBytes: null,
  isRetriable: false,
  ...more,
});
const held = aLease('L1', 'odin', 1, { holder: wrapper, run: run() });
const settle = { kind: 'settle' } as const;
const id = (text: string) => text as LeaseId;

describe('a run', () => {
  it('keeps its slot while the command lives, even after the wrapper’s death', () => {
    const leftOf = (dead: Parameters<typeof anEnvironment>[2]) =>
      leaseLines(transition(aState(9, [held]), settle, anEnvironment({}, NOW, dead)).state);
    expect(leftOf([wrapper])).toEqual(['L1 odin 1']);
    expect(leftOf([command])).toEqual(['L1 odin 1']);
    expect(leftOf([wrapper, command])).toEqual([]);
  });

  it('without a recorded command keeps its slot while the guard of a killed wrapper may end it', () => {
    const unknown = aState(9, [{ ...held, run: run({ root: null }) }]);
    const leftAfter = (ms: number) =>
      leaseLines(transition(unknown, settle, anEnvironment({}, (NOW + ms) as Instant, [wrapper])).state);
    const acquired = held.acquiredAt ?? NOW;
    expect([leftAfter(acquired - NOW + 4_999), leftAfter(acquired - NOW + 5_000)]).toEqual([['L1 odin 1'], []]);
    expect(abandonedRuns(unknown, anEnvironment({}, NOW, [wrapper])).map((lease) => lease.id)).toEqual(['L1']);
  });

  it('that takes the offer of another request is found again like any run', () => {
    const offered = anEntry('T1', 'odin', 2, {
      holder: process_(7),
      offeredUntil: later(60_000, NOW),
      offeredSlots: 2,
    });
    const ask = aRequest('odin', 1, { holder: wrapper, run: run({ root: null }), mode: 'now' });
    const { state } = transition(aState(9, [], [offered]), ask, anEnvironment());
    expect(state.leases.map((lease) => lease.run?.mark)).toEqual(['m1']);
  });

  it('that was queued without a mark does not keep the mark of the one before', () => {
    const queued = anEntry('T1', 'odin', 1, { holder: wrapper, run: run({ mark: 'm0', root: null }) });
    const ask = aRequest('odin', 1, { holder: wrapper, run: run({ root: null }) });
    const { state } = transition(aState(9, [], [queued]), ask, anEnvironment());
    expect(state.leases.map((lease) => lease.run?.mark)).toEqual(['m1']);
  });

  it('is abandoned when its wrapper is dead and its command is not', () => {
    const state = aState(9, [held, aLease('L2', 'odin', 1)]);
    const names = (dead: Parameters<typeof anEnvironment>[2]) =>
      abandonedRuns(state, anEnvironment({}, NOW, dead)).map((lease) => lease.id);
    expect([names([wrapper]), names([]), names([wrapper, command])]).toEqual([['L1'], [], []]);
  });

  it('gets the lowest free numbers, one per slot', () => {
    const ask = (state: ReturnType<typeof aState>, slots: number, pid: number) =>
      transition(
        state,
        aRequest('odin', slots, { run: run({ root: null, numbers: [] }), holder: process_(pid) }),
        anEnvironment(),
      );
    const first = ask(aState(9), 2, 1);
    const second = ask(first.state, 1, 2);
    const released = transition(
      second.state,
      { kind: 'end-run', lease: id('L100'), peakMemoryBytes: null },
      anEnvironment(),
    );
    const third = ask(released.state, 3, 3);
    expect(third.state.leases.map((lease) => lease.run?.numbers)).toEqual([[3], [1, 2, 4]]);
  });

  it('records its process at the start, and its lease is no longer uncollected', () => {
    const granted = {
      ...held,
      ticket: 'T1' as never,
      waiter: wrapper,
      run: run({ root: null }),
      agents: [{ name: 'auth', pid: null, progress: null, phase: null, progressAt: null, extra: {} }],
    };
    const { state } = transition(
      aState(9, [granted]),
      { kind: 'start-run', lease: id('L1'), mark: 'm', root: command, containment: 'ledger', folder: null },
      anEnvironment(),
    );
    expect(state.leases[0]).toMatchObject({
      ticket: null,
      waiter: null,
      run: { root: command, containment: 'ledger' },
      agents: [{ name: 'auth', pid: 200 }],
    });
  });
});

describe('ending', () => {
  const end = (state: ReturnType<typeof aState>) =>
    transition(state, { kind: 'end-project', project: 'ODIN', why: 'User requested', spared: [] }, anEnvironment());

  it('marks every lease of the project, and empties its queue', () => {
    const { state, outcome } = end(
      aState(2, [held, aLease('L2', 'hera', 1)], [anEntry('T3', 'odin', 1), anEntry('T4', 'hera', 1)]),
    );
    expect(outcomeLine(outcome)).toBe('ending L1');
    expect(state.leases.map(({ ending }) => ending)).toEqual([
      { since: NOW, why: 'User requested', by: 'person' },
      null,
    ]);
    expect(state.queue.map(({ ticket }) => ticket)).toEqual(['T4']);
  });

  it('frees the slots only when the trees are gone, and then grants them', () => {
    const waiting = anEntry('T4', 'hera', 1, { waiter: process_(5) });
    const marked = end(aState(1, [held], [waiting])).state;
    expect(leaseLines(transition(marked, settle, anEnvironment({}, NOW, [wrapper, command])).state)).toEqual([
      'L1 odin 1',
    ]);
    const { state, outcome } = transition(marked, { kind: 'ended', leases: [id('L1')] }, anEnvironment());
    expect([outcomeLine(outcome), ...leaseLines(state)]).toEqual(['released 1', 'L4 hera 1 for T4']);
  });

  it('the end of the command does not free a slot that is marked as ending', () => {
    const marked = end(aState(1, [held])).state;
    const { state } = transition(marked, { kind: 'end-run', lease: id('L1'), peakMemoryBytes: 1000 }, anEnvironment());
    expect([leaseLines(state), state.learnedMemory.size]).toEqual([['L1 odin 1'], 1]);
  });

  it('a marked lease without processes is freed after two minutes', () => {
    const marked = end(aState(1, [held])).state;
    const at = (ms: number) =>
      leaseLines(transition(marked, settle, anEnvironment({}, later(ms), [wrapper, command])).state);
    expect([at(119_999), at(120_000)]).toEqual([['L1 odin 1'], []]);
  });

  it('an unknown project is refused', () => {
    expect(
      outcomeLine(
        transition(aState(1, [held]), { kind: 'end-project', project: 'nobody', why: 'x', spared: [] }, anEnvironment())
          .outcome,
      ),
    ).toBe('refused no-such-project');
  });

  it('targets the command of a run and the holder of another lease, and spares the processes of other projects', () => {
    const supervisor = aLease('L2', 'odin', 2, { holder: process_(300) });
    const other = aLease('L3', 'hera', 1, { holder: process_(400), run: run({ root: process_(500) }) });
    expect(targetOf([held, supervisor], [held, supervisor, other])).toEqual({
      roots: [command, process_(300)],
      folders: ['/g/m1'],
      marks: ['m1'],
      others: [process_(400), process_(500)],
      toolsOf: [],
      session: null,
    });
  });
});

describe('the monitor', () => {
  const claim = (state: ReturnType<typeof aState>, pid: number, dead: Parameters<typeof anEnvironment>[2] = []) =>
    transition(state, { kind: 'claim-monitor', monitor: process_(pid) }, anEnvironment({}, NOW, dead));

  it('is one process at a time, and a dead one is replaced', () => {
    const first = claim(aState(1), 7);
    expect(first.state.monitor).toEqual(process_(7));
    expect(outcomeLine(claim(first.state, 8).outcome)).toBe('refused monitor-running');
    expect(claim(first.state, 8, [process_(7)]).state.monitor).toEqual(process_(8));
    expect(transition(first.state, { kind: 'leave-monitor', monitor: process_(8) }, anEnvironment()).state).toBe(
      first.state,
    );
    expect(
      transition(first.state, { kind: 'leave-monitor', monitor: process_(7) }, anEnvironment()).state.monitor,
    ).toBeNull();
  });
});

describe('pausing', () => {
  it('is recorded once and undone once', () => {
    const pause = (state: ReturnType<typeof aState>, paused: boolean) =>
      transition(state, { kind: 'pause', lease: id('L1'), paused }, anEnvironment()).state;
    const stopped = pause(aState(1, [held]), true);
    expect(stopped.leases[0]?.pausedAt).toBe(NOW);
    expect(pause(stopped, true)).toBe(stopped);
    expect(pause(stopped, false).leases[0]?.pausedAt).toBeNull();
  });
});
