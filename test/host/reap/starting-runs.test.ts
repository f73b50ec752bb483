/** A run that starts while `reap` looks is not taken for an ended one: the leases are read after the processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { othersNow, targetOf } from '../../../src/core/reap/targets.ts';
import { orElse } from '../../../src/errors.ts';
import { linuxView } from '../../../src/host/processes/linux-view.ts';
import { openReaper } from '../../../src/host/reap/reaper.ts';
import { stateKey } from '../../../src/host/run/mark.ts';
import { identityOf, isAlive, type OwnProcess } from '../../helpers/alive.ts';
import { start, temporaryFolder, until } from '../../helpers/cli.ts';
import { aLease, aState, process_ } from '../../helpers/state.ts';

it.runIf(process.platform === 'linux')(
  'a run that starts between both looks is spared, one before them is found',
  async () => {
    const dir = temporaryFolder();
    const reaper = openReaper(dir, linuxView(), { boot: null, ns: null });
    const begin = async (mark: string): Promise<OwnProcess> => {
      const { pid = 0 } = start('sleep', ['600'], { env: { RESOURCE_MANAGER_MARK: mark } });
      return until('it runs', () => identityOf(pid));
    };
    const [ended, starting] = [`${stateKey(dir)}-odin-1.1.a`, `${stateKey(dir)}-odin-2.2.b`];
    await begin(ended);
    let late: OwnProcess | null = null;
    const orphans = await reaper.orphans(async () => {
      late = await begin(starting);
      return { leases: [], wrappers: null };
    });
    expect(orphans.map(({ mark }) => mark)).toEqual([ended]);
    expect(late !== null && isAlive(late)).toBe(true);
  },
);

it.runIf(process.platform === 'linux')(
  'a run that starts below a tree which is being ended is spared as soon as it has its lease',
  async () => {
    const dir = temporaryFolder();
    const reaper = openReaper(dir, linuxView(), { boot: null, ns: null });
    const script = 'sleep 600 & sleep 601 & echo $! > "$1"; wait';
    const file = join(dir, 'pid');
    const { pid = 0 } = start('bash', ['-c', script, 'bash', file]);
    const top = await until('it runs', () => identityOf(pid));
    const nested = await until('the other run', () =>
      identityOf(Number(orElse(() => readFileSync(file, 'utf8'), '')) || -1),
    );
    const lease = aLease('L1', 'odin', 1, { holder: { ...process_(pid), ...top, boot: null, ns: null } });
    const later = aLease('L2', 'hera', 1, { holder: { ...process_(1), ...nested, boot: null, ns: null } });
    const target = targetOf([lease], [lease]);
    let isAsked = false;
    const ended = await reaper.end(target, {
      graceMs: 500,
      isHard: false,
      others: async () => {
        if (!isAsked) expect([top, nested].map(isAlive)).toEqual([true, true]);
        isAsked = true;
        return othersNow(target, [lease], aState(9, [{ ...lease }, later]));
      },
    });
    expect(ended.terminated.length).toBe(2);
    expect([top, nested].map(isAlive)).toEqual([false, true]);
    process.kill(nested.pid, 'SIGKILL');
  },
);

it('a holder that has another lease by now is ended all the same', () => {
  const holder = process_(7);
  const lease = aLease('L1', 'odin', 1, { holder });
  const others = othersNow(targetOf([lease], [lease]), [lease], aState(9, [aLease('L2', 'hera', 1, { holder })]));
  expect(others).toEqual([]);
});
