import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readMoment } from '../../src/host/moment.ts';
import { linuxProcesses } from '../../src/host/processes/linux.ts';
import { process_ } from '../helpers/state.ts';

it.runIf(process.platform === 'linux')('the beginning of the boot is that of /proc/stat, whenever it is read', () => {
  const self = linuxProcesses().find(process.pid) ?? process_(1);
  const bootSecond = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  const { now, clock } = readMoment(self);
  expect(clock?.boot).toBe(self.boot);
  expect(Math.abs((clock?.at ?? 0) - bootSecond * 1000)).toBeLessThan(2_000);
  expect(Math.abs(Date.now() - now)).toBeLessThan(60_000);
});

it.each([1, 2])('a process that is stopped between the two clocks reads them again: stopped after %i', (after) => {
  const bootedMs = 5_000_000;
  let ranMs = 0;
  let reads = 0;
  const read = <T>(value: () => T): T => {
    const seen = value();
    reads += 1;
    if (reads === after) ranMs += 3_600_000;
    return seen;
  };
  const moment = readMoment(
    process_(process.pid),
    () => read(() => bootedMs + ranMs),
    () => read(() => ranMs),
  );
  expect(moment).toEqual({ now: bootedMs + 3_600_000, clock: { boot: 'b', at: bootedMs } });
});

it('there is no clock without a boot', () => {
  expect(readMoment({ ...process_(process.pid), boot: null }).clock).toBeNull();
});
