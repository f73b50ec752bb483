/** Many processes at once, checked by a witness file to which all append, independent of the state. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RequestJson } from '../../src/render/json/json.ts';
import { aProcess, kill, ROOT, sandbox, temporaryFolder } from '../helpers/cli.ts';

const PRELOAD = `--require=${join(ROOT, 'test', 'helpers', 'fault.cjs')}`;

/** The largest number of slots held at once, according to the witness. */
function peak(log: string): number {
  let held = 0;
  let most = 0;
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    held += Number(line);
    most = Math.max(most, held);
  }
  return most;
}

describe('many processes at once', () => {
  it('hold at most three of three slots, reach three, and all get a slot', async () => {
    const box = sandbox(3);
    const log = join(temporaryFolder(), 'witness');
    const turns = 4;
    const worker = async (): Promise<void> => {
      const holder = aProcess();
      for (let turn = 0; turn < turns; turn += 1) {
        const request = await box.begin('request-slots', ['p', '1', '--wait', '--json', '--pid', String(holder.pid)])
          .result;
        expect(request.status, request.stderr).toBe(0);
        const { lease } = JSON.parse(request.stdout) as RequestJson;
        appendFileSync(log, '1\n');
        appendFileSync(log, '-1\n');
        const release = await box.begin('release-slots', ['p', '--lease', lease as string]).result;
        expect(release.status, release.stderr).toBe(0);
      }
    };
    // Three leases are held until all workers have started, so that the limit is reached.
    const first = await Promise.all(
      [1, 2, 3].map(() => box.begin('request-slots', ['p', '1', '--json', '--detached']).result),
    );
    appendFileSync(log, '1\n1\n1\n');
    const workers = Array.from({ length: 16 }, worker);
    for (const { stdout } of first) {
      appendFileSync(log, '-1\n');
      box.run('release-slots', ['p', '--lease', (JSON.parse(stdout) as RequestJson).lease as string]);
    }
    await Promise.all(workers);
    expect(peak(log)).toBe(3);
    expect(readFileSync(log, 'utf8').match(/^1$/gm)).toHaveLength(16 * turns + 3);
    expect(parse(box.slotsText())).toMatchObject({ leases: [], queue: [], slot_allocation: { p: 0 } });
  });

  it('lose and duplicate no slot when commands are killed at any file operation', async () => {
    const box = sandbox(4);
    let granted = 0;
    let killed = 0;
    const worker = async (seed: number): Promise<void> => {
      for (let turn = 0; turn < 6; turn += 1) {
        const holder = aProcess();
        const isVictim = (turn + seed) % 2 === 0;
        const fault = { at: 1 + ((turn * 7 + seed * 5) % 20), do: 'kill' };
        const { stdout, signal } = await box.begin(
          'request-slots',
          ['p', '1', '--json', '--no-queue', '--pid', String(holder.pid)],
          isVictim ? { NODE_OPTIONS: PRELOAD, FAULT: JSON.stringify(fault) } : {},
        ).result;
        if (signal === 'SIGKILL') killed += 1;
        if (stdout.includes('"granted"')) granted += 1;
        const { slots } = box.json<{ slots: { used: number } }>('resource-status', []).answer;
        expect(slots.used).toBeLessThanOrEqual(4);
        await kill(holder);
      }
    };
    await Promise.all([1, 2, 3, 4, 5].map(worker));
    expect(killed).toBeGreaterThan(8);
    expect(granted).toBeGreaterThan(2);
    // All holders are dead, so the next command gets the whole pool.
    expect(box.json('request-slots', ['q', '4']).answer).toMatchObject({ outcome: 'granted', slots: { used: 4 } });
  });

  it('leave a complete file at every moment', async () => {
    const box = sandbox(50);
    const writers = Array.from({ length: 4 }, (_, at) => box.begin('request-slots', [`p${at}`, '1']));
    const running = Promise.all(writers.map(({ result }) => result));
    let reads = 0;
    let isOver = false;
    running.then(() => {
      isOver = true;
    });
    while (!isOver) {
      const state = parse(box.slotsText());
      const allocated = Object.values(state.slot_allocation as Record<string, number>).reduce(
        (sum, slots) => sum + slots,
        0,
      );
      expect(allocated).toBe((state.leases as unknown[]).length);
      reads += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(reads).toBeGreaterThan(5);
    expect((await running).every(({ status }) => status === 0)).toBe(true);
  });
});
