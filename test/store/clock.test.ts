/** A state on disk whose clock was set since. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/core/model/instants.ts';
import type { Command } from '../../src/core/transition.ts';
import { openFileStore } from '../../src/store/file-store.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { aRequest, later, NOW, process_ } from '../helpers/state.ts';

const EMPTY = 'version: 1\nmax_slots: 4\nslot_allocation: {}\nleases: []\nqueue: []\n';
const BOOTED = later(-DAY_MS);

/** A pool on a machine with a clock that can be set. */
function aMachine(slots = EMPTY) {
  const dir = temporaryFolder();
  const path = join(dir, 'slots.yaml');
  writeFileSync(path, slots);
  const clock = { ranMs: 0, setBy: 0, boot: 'aaaaaaaaaaaa', errorMs: 0 };
  const open = ({ hasClock = true } = {}) =>
    openFileStore({
      dir,
      self: process_(7),
      now: () => later(clock.ranMs + clock.setBy),
      ...(hasClock && {
        moment: () => ({
          now: later(clock.ranMs + clock.setBy),
          clock: { boot: clock.boot, at: later(clock.setBy + clock.errorMs, BOOTED) },
        }),
      }),
      observe: () => new Set(),
      memory: () => null,
      create: async () => {},
      textsOfNew: async () => ({ config: '', slots: 'max_slots: 1\n' }),
    });
  const text = (): string => readFileSync(path, 'utf8');
  const clockLine = (): string | undefined =>
    text()
      .split('\n')
      .find((line) => line.startsWith('clock:'));
  return { clock, open, text, clockLine, write: (next: string) => writeFileSync(path, next) };
}

const lease = (ttlMs: number): Command => aRequest('p', 1, { holder: null, ttlMs });
const SETTLE: Command = { kind: 'settle' };

describe('the clock in slots.yaml', () => {
  it('is written by the first commit of a boot and then stays as it is', async () => {
    const { open, clock, text, clockLine } = aMachine();
    await open().read();
    await open().transact(SETTLE);
    expect(text()).toBe(EMPTY);
    await open().transact(lease(HOUR_MS));
    const line = `clock: {"boot":"aaaaaaaaaaaa","at":"${new Date(BOOTED).toISOString()}"}`;
    expect(clockLine()).toBe(line);
    for (const errorMs of [10, -10, 1_999, -1_999]) {
      clock.errorMs = errorMs;
      await open().transact(lease(HOUR_MS));
      expect(clockLine()).toBe(line);
    }
    const before = text();
    await open().transact(SETTLE);
    expect(text()).toBe(before);
  });

  it('is not read and not written by a program with a time of its own', async () => {
    const { open, clock, clockLine } = aMachine();
    await open({ hasClock: false }).transact(lease(HOUR_MS));
    clock.setBy = 2 * HOUR_MS;
    expect(clockLine()).toBeUndefined();
    expect((await open({ hasClock: false }).read()).state.leases).toEqual([]);
  });

  it('is refused with its place where it has another form', async () => {
    const { open } = aMachine(`${EMPTY}clock: { boot: b, at: noon }\n`);
    await expect(open().read()).rejects.toThrow(/clock\.at.*time/);
  });
});

describe.each([5 * HOUR_MS, -5 * HOUR_MS, 73 * 365 * DAY_MS, -40 * 365 * DAY_MS])(
  'a clock that is set by %i ms',
  (setBy) => {
    it('ends nothing early, and nothing late', async () => {
      const { open, clock } = aMachine();
      const store = open();
      await store.transact(lease(HOUR_MS));
      clock.setBy = setBy;
      clock.ranMs = HOUR_MS - 1000;
      // A process that has read the state before sees the same as a new one.
      for (const one of [store, open()]) {
        const { state, environment } = await one.read();
        expect(state.leases[0]?.expiresAt).toBe(environment.now + 1000);
        expect((await one.peek()).leases).toEqual(state.leases);
      }
      clock.ranMs = HOUR_MS;
      expect((await store.read()).state.leases).toEqual([]);
      expect((await open().transact(SETTLE)).state.leases).toEqual([]);
    });

    it('is written once, by the first command, and readers say that it is due', async () => {
      const { open, clock, text, clockLine } = aMachine();
      await open().transact(lease(HOUR_MS));
      clock.setBy = setBy;
      expect((await open().read()).isDue).toBe(true);
      const refused = await open().transact({ kind: 'cancel', targets: ['T99'] });
      expect(refused).toMatchObject({ outcome: { kind: 'refused' }, events: [] });
      expect((await open().transact(SETTLE)).events).toEqual([{ kind: 'clock-set', seconds: setBy / 1000 }]);
      expect((await open().transact(SETTLE)).events).toEqual([]);
      const at = new Date(BOOTED + setBy).toISOString();
      expect(clockLine()).toBe(`clock: {"boot":"aaaaaaaaaaaa","at":"${at}"}`);
      expect(text()).toContain(`"expires_at":"${new Date(NOW + HOUR_MS + setBy).toISOString()}"`);
      expect((await open().read()).isDue).toBe(false);
      // Put right, all is as before.
      clock.setBy = 0;
      await open().transact(SETTLE);
      expect((await open().read()).state.leases[0]?.expiresAt).toBe(NOW + HOUR_MS);
    });

    it('gives the same object while file and clock stay', async () => {
      const { open, clock } = aMachine();
      const store = open();
      await store.transact(lease(HOUR_MS));
      clock.setBy = setBy;
      const first = await store.peek();
      clock.errorMs = 15;
      expect(await store.peek()).toBe(first);
    });
  },
);

describe('another boot or machine', () => {
  it('bounds what is in the future, and writes that', async () => {
    const { open, clock, clockLine } = aMachine();
    clock.setBy = 73 * 365 * DAY_MS;
    await open().transact(lease(HOUR_MS));
    Object.assign(clock, { boot: 'bbbbbbbbbbbb', setBy: 0 });
    const { state, isDue } = await open().read();
    expect(isDue).toBe(true);
    expect(state.leases[0]).toMatchObject({ acquiredAt: NOW, expiresAt: NOW + HOUR_MS });
    await open().transact(SETTLE);
    expect(clockLine()).toContain('"boot":"bbbbbbbbbbbb"');
    clock.ranMs = HOUR_MS;
    expect((await open().read()).state.leases).toEqual([]);
  });

  it('leaves a sound state as it is', async () => {
    const { open, clock, text } = aMachine();
    await open().transact(lease(HOUR_MS));
    clock.boot = 'bbbbbbbbbbbb';
    const before = text();
    expect((await open().read()).isDue).toBe(false);
    await open().transact(SETTLE);
    expect(text()).toBe(before);
  });

  it('and a state of an earlier version, without a clock, is bounded once', async () => {
    const { open, clock, text, write } = aMachine();
    clock.setBy = 73 * 365 * DAY_MS;
    await open().transact(lease(HOUR_MS));
    write(text().replace(/^clock:.*\n/m, ''));
    clock.setBy = 0;
    await open().transact(SETTLE);
    expect((await open().read()).state.leases[0]?.expiresAt).toBe((NOW + HOUR_MS) as Instant);
  });
});
