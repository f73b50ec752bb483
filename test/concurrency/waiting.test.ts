/** Waiting, offers and nesting with real processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { QueueEntryJson, RequestJson } from '../../src/render/json/json.ts';
import { aProcess, kill, ROOT, type Sandbox, sandbox, temporaryFolder, until } from '../helpers/cli.ts';

const queue = (box: Sandbox): QueueEntryJson[] =>
  box.json<{ queue: QueueEntryJson[] }>('resource-manager', ['queue']).answer.queue;
const ask = (box: Sandbox, ...args: string[]) => box.json<RequestJson>('request-slots', args);
const isWaiting = (box: Sandbox, project: string) => () =>
  queue(box).some((entry) => entry.project === project && entry.waiting);
const used = (box: Sandbox): number => box.json<{ slots: { used: number } }>('resource-status', []).answer.slots.used;

describe('--wait', () => {
  it('is granted by the command that releases, and prints the grant once', async () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const waiter = box.begin('request-slots', ['odin', '3', '--wait']);
    await until('odin waits', isWaiting(box, 'odin'));
    box.run('release-slots', ['consilio', '3']);
    expect(await waiter.result).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('⏳ Waiting for slots (3 agents ahead)'),
      stdout: expect.stringMatching(/^✅ Granted 3 slots to odin \(5\/5 used\)\n {3}lease L2\n$/),
    });
    // No trace of the wait remains in the file.
    expect(box.slotsText()).not.toMatch(/"ticket"|"waiter"/);
    expect(queue(box)).toEqual([]);
  });

  it('is granted when a holder dies, without another command', async () => {
    const box = sandbox(5);
    const holder = aProcess();
    ask(box, 'consilio', '5', '--pid', String(holder.pid));
    const waiter = box.begin('request-slots', ['odin', '3', '--wait']);
    await until('odin waits', isWaiting(box, 'odin'));
    await kill(holder);
    expect(await waiter.result).toMatchObject({ status: 0 });
    expect(used(box)).toBe(3);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s withdraws the ticket and exits %i', async (signal, want) => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const waiter = box.begin('request-slots', ['odin', '3', '--wait']);
    await until('odin waits', isWaiting(box, 'odin'));
    waiter.child.kill(signal);
    expect(await waiter.result).toMatchObject({ status: want, stdout: '' });
    expect(queue(box)).toEqual([]);
  });

  it('exits 124 when its time is over, and leaves the queue', () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const result = box.run('request-slots', ['odin', '3', '--wait=200ms']);
    expect(result).toMatchObject({ status: 124, stdout: '' });
    expect(result.stderr).toMatch(/error: no slots for odin within the time of --wait; ticket T2 is withdrawn\nhint: /);
    expect(queue(box)).toEqual([]);
  });

  it('accepts a duration after a space', () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    expect(box.run('request-slots', ['odin', '3', '--wait', '100ms']).status).toBe(124);
  });

  it('fails when its ticket is cancelled', async () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const waiter = box.begin('request-slots', ['odin', '3', '--wait']);
    await until('odin waits', isWaiting(box, 'odin'));
    expect(box.run('resource-manager', ['cancel', 'odin', '--dry-run']).stdout).toBe(
      'Would cancel T2: 3 slots for odin\n',
    );
    expect(queue(box)).toHaveLength(1);
    expect(box.run('resource-manager', ['cancel', 'T2']).stdout).toBe('✅ Cancelled T2: 3 slots for odin\n');
    expect(await waiter.result).toMatchObject({
      status: 75,
      stderr: expect.stringContaining('error: ticket T2 left the queue during the wait'),
    });
  });

  it('reads without the lock, so it writes nothing while others commit', async () => {
    const box = sandbox(5);
    ask(box, 'consilio', '4');
    const log = join(temporaryFolder(), 'log');
    const renames = () => readFileSync(log, 'utf8').split('\n').length - 1;
    const waiter = box.begin('request-slots', ['odin', '3', '--wait'], {
      NODE_OPTIONS: `--require=${join(ROOT, 'test', 'helpers', 'fault.cjs')}`,
      FAULT: JSON.stringify({ log, names: ['renameSync'] }),
    });
    await until('odin waits', isWaiting(box, 'odin'));
    const toQueue = renames();
    for (let turn = 0; turn < 5; turn += 1) {
      box.run('resource-manager', ['set-max', turn % 2 === 0 ? '6' : '5']);
    }
    expect(renames()).toBe(toQueue);
    box.run('release-slots', ['consilio', '4']);
    expect(await waiter.result).toMatchObject({ status: 0 });
  });
});

describe('without --wait', () => {
  it('asking again keeps the place and adds no second queue entry', () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const first = ask(box, 'odin', '3');
    ask(box, 'other', '1');
    const again = ask(box, 'ODIN', '3');
    expect(first).toMatchObject({
      status: 75,
      answer: { outcome: 'queued', ticket: 'T2', position: 1, agents_ahead: 3, reason: 'insufficient-slots' },
    });
    expect(again.answer).toMatchObject({ ticket: 'T2', position: 1, project: 'ODIN' });
    expect(queue(box)).toHaveLength(2);
  });

  it('free slots are offered to the head of the queue, which takes them by asking again', () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    ask(box, 'odin', '3');
    box.run('release-slots', ['consilio', '5']);
    expect(queue(box)).toMatchObject([{ project: 'odin', offered_until: expect.stringMatching(/Z$/), reason: null }]);
    // Offered slots are not granted to another project.
    expect(ask(box, 'other', '4').answer).toMatchObject({ outcome: 'queued', reason: 'insufficient-slots' });
    expect(ask(box, 'odin', '3')).toMatchObject({ status: 0, answer: { outcome: 'granted', lease: 'L2', granted: 3 } });
    expect(used(box)).toBe(3);
  });

  it('an offer that is not taken passes to the next request, and the first keeps its place', async () => {
    const box = sandbox(5, { config: 'claim_within: 2s\n' });
    ask(box, 'consilio', '5');
    ask(box, 'odin', '5');
    ask(box, 'other', '5');
    expect(box.run('release-slots', ['consilio', '5', '-v']).stderr).toMatch(
      /note: offered 5 slots to odin \(ticket T2\)/,
    );
    const offerOver = () => {
      box.run('set-max', ['5']);
      return queue(box).find((entry) => entry.project === 'other')?.offered_until;
    };
    await until('the offer passes on', offerOver);
    expect(queue(box)).toHaveLength(2);
    await until('odin, asking again, is served before those who came later', () => ask(box, 'odin', '5').status === 0);
  });

  it('the documented retry loop works', async () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    ask(box, 'odin', '5');
    box.run('release-slots', ['consilio', '5']);
    await until('odin gets its slots', () => ask(box, 'odin', '5').status === 0);
  });

  it('a killed waiter leaves its place, and asking again takes it over', async () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const waiter = box.begin('request-slots', ['odin', '3', '--wait', '--pid', String(process.pid)]);
    await until('odin waits', isWaiting(box, 'odin'));
    await kill(waiter.child);
    ask(box, 'other', '1');
    expect(ask(box, 'odin', '3', '--pid', String(process.pid)).answer).toMatchObject({ ticket: 'T2', position: 1 });
  });

  it('parallel waits of one supervisor each get their own slots', async () => {
    const box = sandbox(3);
    ask(box, 'consilio', '3');
    const waiters = [1, 2, 3].map(() => box.begin('request-slots', ['odin', '1', '--wait']));
    await until('all three wait', () => queue(box).filter((entry) => entry.waiting).length === 3);
    box.run('release-slots', ['consilio', '3']);
    const results = await Promise.all(waiters.map(({ result }) => result));
    expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(used(box)).toBe(3);
  });
});

describe('from inside a lease', () => {
  it('a request uses the free slots of the lease first, and they count once', () => {
    const box = sandbox(5);
    ask(box, 'consilio', '5');
    const inside = box.json<RequestJson>('request-slots', ['consilio', '2'], { RESOURCE_MANAGER_LEASE: 'L1' });
    expect(inside).toMatchObject({ status: 0, answer: { outcome: 'granted', granted: 2, slots: { used: 5 } } });
    box.run('release-slots', ['consilio', '--lease', 'L1']);
    expect(used(box)).toBe(2);
  });

  it('a request that would wait for itself is denied at once', () => {
    const box = sandbox(3);
    ask(box, 'consilio', '3', '--agents', 'a,b,c');
    const inside = box.run('request-slots', ['consilio', '1', '--wait'], { RESOURCE_MANAGER_LEASE: 'L1' });
    expect(inside).toMatchObject({
      status: 69,
      stdout: '',
      stderr: expect.stringMatching(/^error: 1 slot denied to consilio \(would-deadlock\): .+\nhint: .+\n$/),
    });
    expect(queue(box)).toEqual([]);
    expect(box.json('request-slots', ['consilio', '1'], { RESOURCE_MANAGER_LEASE: 'L1' })).toMatchObject({
      status: 69,
      answer: { outcome: 'denied', reason: 'would-deadlock' },
    });
  });

  it('a request that waits for another project is not denied', async () => {
    const box = sandbox(3);
    ask(box, 'consilio', '1', '--agents', 'a', '--pid', String(aProcess().pid));
    ask(box, 'odin', '2', '--pid', String(aProcess().pid));
    const inside = box.begin('request-slots', ['consilio', '1', '--wait'], { RESOURCE_MANAGER_LEASE: 'L1' });
    await until('it waits', isWaiting(box, 'consilio'));
    box.run('release-slots', ['odin', '1']);
    expect(await inside.result).toMatchObject({ status: 0 });
  });
});
