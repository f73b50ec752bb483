/** Findings on states alone. */
import { expect, it } from 'vitest';
import { diagnoseState } from '../../../src/core/doctor/diagnose.ts';
import { processKey } from '../../../src/core/model/process-ref.ts';
import { aLease, anEntry, anEnvironment, aState, process_ } from '../../helpers/state.ts';

const monitor = (isDead: boolean) => {
  const state = { ...aState(10), monitor: process_(77) };
  const env = { ...anEnvironment(), dead: new Set(isDead ? [processKey(process_(77))] : []) };
  return diagnoseState(state, env, [], () => null).find(({ id }) => id === 'monitor');
};

it('a monitor that runs but takes no samples is not called absent', () => {
  expect(monitor(true)).toMatchObject({
    level: 'warn',
    summary: 'the machine is not monitored: no agent is ended when memory runs out',
    fix: 'keep a monitor running: resource-manager service install',
  });
  expect(monitor(false)).toMatchObject({
    level: 'warn',
    summary: 'a monitor runs, but takes no samples: no agent is ended when memory runs out',
    fix: 'find out what holds up process 77, or end it and start another one',
  });
});

it('a lease that is held by signs of life says until when', () => {
  const lease = aLease('L1', 'odin', 1, { holder: { ...process_(70), boot: 'b', ns: 8 } });
  const env = { ...anEnvironment(), here: { boot: 'b', ns: 7 } };
  const found = diagnoseState(aState(10, [lease]), env, [], () => ({ everyMs: 30_000, ageMs: 12_300 }));
  expect(found.find(({ id }) => id === 'leases')).toEqual({
    id: 'leases',
    level: 'info',
    summary:
      'L1 of odin is held in another pid namespace (a container, a sandbox) by its signs of life: the last one was 13 s ago, and its slots come back 90 s after the last',
    fix: null,
    isFixable: false,
  });
});

it.each([
  { who: 'its holder', holder: 8, waiter: 7 },
  { who: 'its waiting command', holder: 7, waiter: 8 },
  { who: 'neither', holder: 7, waiter: 7 },
])('a place in the queue is unseen from here if $who is in another pid namespace', ({ who, holder, waiter }) => {
  const entry = anEntry('T1', 'odin', 1, {
    holder: { ...process_(70), ns: holder },
    waiter: { ...process_(71), ns: waiter },
  });
  const here = { boot: 'b', ns: 7 };
  const found = diagnoseState(aState(10, [], [entry]), { ...anEnvironment(), here }, [], () => null);
  expect(found.flatMap(({ id, fix }) => (id === 'queue' ? [fix] : []))).toEqual(
    who === 'neither' ? [] : ['if that container is gone: resource-manager cancel T1'],
  );
});

it.each([
  { name: 'of another namespace', place: { boot: 'b', ns: 8 }, levels: ['warn'] },
  { name: 'of this namespace', place: { boot: 'b', ns: 7 }, levels: ['ok'] },
  { name: 'of no known namespace', place: { boot: null, ns: null }, levels: ['ok'] },
])('a lease whose holder is $name has the level $levels', ({ place, levels }) => {
  const lease = aLease('L1', 'odin', 1, { holder: { ...process_(70), ...place } });
  const found = diagnoseState(aState(10, [lease]), { ...anEnvironment(), here: { boot: 'b', ns: 7 } }, [], () => null);
  expect(found.flatMap(({ id, level }) => (id === 'leases' ? [level] : []))).toEqual(levels);
});
