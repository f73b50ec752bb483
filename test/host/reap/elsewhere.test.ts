/** Recorded processes of another boot or pid namespace: no process that has their numbers here is taken for them. */
import { describe, expect, it } from 'vitest';
import type { ProcessRef } from '../../../src/core/model/process-ref.ts';
import { linuxView } from '../../../src/host/processes/linux-view.ts';
import { openReaper } from '../../../src/host/reap/reaper.ts';
import { identityOf, type OwnProcess } from '../../helpers/alive.ts';
import { aSession } from '../../helpers/claude.ts';
import { aProcess, temporaryFolder } from '../../helpers/cli.ts';
import { aLease, NOW } from '../../helpers/state.ts';

const HERE = { boot: 'b', ns: 7 };
const reaper = () => openReaper(temporaryFolder(), linuxView(), HERE);
const own = (pid: number): OwnProcess => identityOf(pid) as OwnProcess;
const refTo = (pid: number, place: Pick<ProcessRef, 'boot' | 'ns'>): ProcessRef => ({ ...own(pid), ...place });

describe.runIf(process.platform === 'linux').each([
  { name: 'of this namespace', place: HERE, isTaken: true },
  { name: 'whose place is not recorded', place: { boot: null, ns: null }, isTaken: true },
  { name: 'of another namespace', place: { boot: 'b', ns: 8 }, isTaken: false },
  { name: 'of another boot', place: { boot: 'c', ns: 7 }, isTaken: false },
])('a process $name', ({ place, isTaken }) => {
  it(`is ${isTaken ? '' : 'not '}found as the holder of a lease`, async () => {
    const { pid } = aProcess();
    const lease = aLease('L1', 'odin', 1, { holder: refTo(pid, place) });
    const [survey] = await reaper().survey([lease], [lease]);
    expect(survey?.findings.found.map(({ row }) => row.pid)).toEqual(isTaken ? [pid] : []);
  });

  it(`has ${isTaken ? 'its' : 'no'} tools as the session of an agent`, async () => {
    const session = aSession('echo $$ > tool\nexec sleep 600\n');
    const tool = await session.named('tool');
    const spawn = { session: 'S', toolCall: 't1', agentId: 'a1', isNested: false, heardAt: NOW };
    const lease = aLease('L1', 'odin', 1, { holder: refTo(session.pid, place), spawn });
    const [survey] = await reaper().survey([lease], [lease]);
    expect(survey?.findings.found.map(({ row }) => row.pid)).toEqual(isTaken ? [tool.pid] : []);
  });

  it(`is ${isTaken ? '' : 'not '}spared as the holder of another lease`, async () => {
    const { pid } = aProcess();
    const lease = aLease('L1', 'odin', 1, { holder: refTo(pid, HERE) });
    const other = aLease('L2', 'hera', 1, { holder: refTo(pid, place) });
    const [survey] = await reaper().survey([lease], [lease, other]);
    expect(survey?.findings.found.map(({ row }) => row.pid)).toEqual(isTaken ? [] : [pid]);
  });
});
