/** The library: the same pool as the commands, in this process. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openResourceManager } from '../../src/main/library.ts';
import { aProcess, kill, sandbox, until } from '../helpers/cli.ts';

const open = (max = 5, config = '') => {
  const box = sandbox(max, { config });
  return { box, manager: openResourceManager({ dir: box.dir }) };
};

describe('the library', () => {
  it('shares the pool with the commands', async () => {
    const { box, manager } = open();
    expect(await manager.request('consilio', 3, { agents: ['auth'] })).toMatchObject({
      outcome: 'granted',
      granted: 3,
      lease: 'L1',
      slots: { used: 3 },
    });
    expect(box.json('request-slots', ['odin', '3']).answer).toMatchObject({ outcome: 'queued', agents_ahead: 1 });
    expect(await manager.queue()).toMatchObject([{ project: 'odin', slots: 3 }]);
    expect(await manager.release('consilio')).toEqual({ released: 3, slots: { used: 0, max: 5, effective_max: 5 } });
    expect(box.json('request-slots', ['odin', '3']).answer).toMatchObject({ outcome: 'granted' });
    expect((await manager.status()).projects).toMatchObject([{ project: 'odin', slots: 3 }]);
  });

  it('waits until a release wakes it', async () => {
    const { manager } = open();
    const { lease } = await manager.request('consilio', 5);
    const waiting = manager.wait('odin', 2, { pid: null });
    await until('odin waits', async () => (await manager.queue()).some((entry) => entry.waiting));
    await manager.release('consilio', { lease: lease as string });
    expect(await waiting).toMatchObject({ outcome: 'granted', granted: 2, project: 'odin' });
  });

  it('gives each of many waits in one process its own lease and keeps the file whole', async () => {
    const { box, manager } = open(4);
    await manager.request('consilio', 4);
    const waits = Array.from({ length: 40 }, async () => {
      const { lease } = await manager.wait('odin', 1);
      await manager.release('odin', { lease: lease as string });
      return lease;
    });
    await until('all wait', async () => (await manager.queue()).length === 40);
    await manager.release('consilio');
    expect(new Set(await Promise.all(waits)).size).toBe(40);
    expect(readFileSync(box.slotsPath, 'utf8')).toMatch(/leases: \[\]\nqueue: \[\]\n/);
  });

  it('ends a wait at its timeout, by its signal or when it is cancelled, and leaves no ticket', async () => {
    const { manager } = open();
    await manager.request('consilio', 5);
    await expect(manager.wait('odin', 1, { timeoutMs: 50 })).rejects.toMatchObject({ exit: 124 });
    const abort = new AbortController();
    const aborted = expect(manager.wait('odin', 1, { signal: abort.signal })).rejects.toMatchObject({
      exit: 75,
      code: 'interrupted',
    });
    await until('it waits', async () => (await manager.queue()).length === 1);
    abort.abort();
    await aborted;
    const cancelled = expect(manager.wait('odin', 1)).rejects.toMatchObject({ exit: 75, code: 'gone' });
    await until('it waits again', async () => (await manager.queue()).length === 1);
    await manager.cancel('odin');
    await cancelled;
    expect(await manager.queue()).toEqual([]);
  });

  it('gives back the slots of a dead process', async () => {
    const { manager } = open();
    const holder = aProcess();
    await manager.request('consilio', 5, { pid: holder.pid });
    await kill(holder);
    expect(await manager.request('odin', 5)).toMatchObject({ outcome: 'granted' });
  });

  it('reads the time from the clock that it is given', async () => {
    const box = sandbox(5);
    let now = Date.UTC(2026, 0, 1);
    const manager = openResourceManager({ dir: box.dir, clock: { now: () => now } });
    await manager.request('consilio', 5, { pid: null, ttlMs: 60_000 });
    expect((await manager.status()).eta_seconds).toBe(60);
    now += 60_000;
    expect(await manager.request('odin', 5)).toMatchObject({ outcome: 'granted' });
  });

  it('checks an agent that works without a budget as the command does', async () => {
    const { box, manager } = open();
    await manager.request('consilio', 1, { agents: ['auth'] });
    expect(await manager.checkEnforcement('consilio/auth')).toEqual(
      box.json('resource-manager', ['check', 'consilio/auth']).answer,
    );
    await expect(manager.checkEnforcement('consilio/nobody')).rejects.toMatchObject({ exit: 66 });
  });

  it('reports the past and forecasts', async () => {
    const box = sandbox(5);
    let now = Date.UTC(2026, 0, 1);
    const manager = openResourceManager({ dir: box.dir, clock: () => now });
    await manager.allocateBudget('odin/auth', { tokens: 10_000 });
    for (let call = 0; call < 8; call += 1) {
      await manager.reportUsage('odin/auth', { tokens: 300 + 100 * call });
      now += 10_000;
    }
    const forecast = await manager.forecast('odin/auth');
    expect(forecast).toMatchObject({ agent: 'odin/auth', dimension: 'tokens', score: { made: 0 } });
    // 4,800 tokens are left; a call uses 1,100 or more and takes a little over ten seconds.
    expect(Date.parse(forecast.exhausts_at as string) - now).toBeGreaterThan(25_000);
    expect(Date.parse(forecast.exhausts_at as string) - now).toBeLessThan(60_000);
    expect((await manager.forecast('odin/auth')).score.made).toBe(1);
    expect((await manager.generateReport()).agents).toMatchObject([{ agent: 'odin/auth', consumed: { tokens: 5200 } }]);
    expect(await manager.getEfficiency('odin/auth')).toMatchObject({ used: { tokens: 0.52 }, reports: 8 });
    const kinds: unknown[] = [];
    manager.readHistory(({ kind }) => kinds.push(kind), { kinds: ['usage'], since: now - 25_000 });
    expect(kinds).toEqual(['usage', 'usage']);
    // Every report since the budget began counts, however old it is.
    now += 20 * 86_400_000;
    expect((await manager.forecast('odin/auth')).dimensions).toMatchObject([{ calls_seen: 8 }]);
    await expect(manager.forecast('nobody')).rejects.toMatchObject({ exit: 66 });
    await expect(manager.generateReport('nowhere')).rejects.toMatchObject({ exit: 66 });
  });

  it.each([
    ['a fractional count', (m: ReturnType<typeof open>['manager']) => m.request('p', 1.5), 64],
    ['a bad name', (m: ReturnType<typeof open>['manager']) => m.request('a b', 1), 64],
    ['min above slots', (m: ReturnType<typeof open>['manager']) => m.request('p', 1, { min: 2 }), 64],
    ['a priority out of range', (m: ReturnType<typeof open>['manager']) => m.request('p', 1, { priority: 11 }), 64],
    ['an agent without a name', (m: ReturnType<typeof open>['manager']) => m.request('p', 1, { agents: [''] }), 64],
    ['a pid that does not run', (m: ReturnType<typeof open>['manager']) => m.request('p', 1, { pid: 999_999_999 }), 64],
    ['a release of nothing', (m: ReturnType<typeof open>['manager']) => m.release('p'), 66],
    ['a wait that can never end', (m: ReturnType<typeof open>['manager']) => m.wait('p', 6), 69],
  ])('%s is refused', async (_name, call, exit) => {
    const { manager } = open();
    await expect(call(manager)).rejects.toMatchObject({ name: 'ExpectedError', exit, hint: expect.any(String) });
  });
});
