/** A run that starts while `reap` looks is not taken for an ended one: the leases are read after the processes. */
import { expect, it } from 'vitest';
import { linuxView } from '../../../src/host/processes/linux-view.ts';
import { openReaper } from '../../../src/host/reap/reaper.ts';
import { stateKey } from '../../../src/host/run/mark.ts';
import { identityOf, isAlive, type OwnProcess } from '../../helpers/alive.ts';
import { start, temporaryFolder, until } from '../../helpers/cli.ts';

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
      return { leases: [], wrappers: new Map() };
    });
    expect(orphans.map(({ mark }) => mark)).toEqual([ended]);
    expect(late !== null && isAlive(late)).toBe(true);
  },
);
