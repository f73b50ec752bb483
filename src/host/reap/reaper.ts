/** Finds and ends the processes of leases on this machine. */
import { join } from 'node:path';
import type { Lease } from '../../core/model/lease.ts';
import { isOfHere, type Place } from '../../core/model/process-ref.ts';
import type { State } from '../../core/model/state.ts';
import { heldMarks } from '../../core/reap/held-marks.ts';
import type { Identity, ProcessTable } from '../../core/reap/process-row.ts';
import { type Target, targetOf, targetOfSession } from '../../core/reap/targets.ts';
import type { Orphans, ReadLeases, Reaper, SessionOrphans, Surveyed } from '../../ports/reaper.ts';
import {
  cgroupMachine,
  freezeGroup,
  groupsIn,
  isPopulated,
  pidsIn,
  removeGroup,
  usableBase,
} from '../containment/cgroup.ts';
import type { ProcessView } from '../processes/view.ts';
import { projectOfMark, stateKey, wrapperOfMark } from '../run/mark.ts';
import { endTrees } from './end-trees.ts';
import { type LookOptions, look, lookForSessions } from './look.ts';
import { openSeenProcesses } from './seen-processes.ts';
import { signalProcess } from './signal.ts';

export function openReaper(dir: string, view: ProcessView, here: Place): Reaper {
  const key = `${stateKey(dir)}-`;
  const options: LookOptions = { view, here, seenProcesses: openSeenProcesses(dir), uid: process.geteuid?.() ?? 0 };
  const { seenProcesses } = options;

  /** Groups of this product on this machine, by mark. */
  const groups = (): Map<string, string> => {
    const machine = cgroupMachine();
    const base = machine === null ? null : usableBase(machine);
    const own = base === null ? [] : groupsIn(base).filter((name) => name.startsWith(key));
    return new Map(own.map((name) => [name, join(base as string, name)]));
  };

  const isLive = ({ boot = null, ns = null, pid, started }: Identity & Partial<Place>): boolean =>
    !isOfHere({ boot, ns }, here) || view.row(pid)?.started === started;

  const orphans = async (readLeases: ReadLeases): Promise<readonly Orphans[]> => {
    const table: ProcessTable = view.scan();
    const marks = [...view.origins(table).values()].flatMap(({ mark }) => mark ?? []);
    const marked = [...new Set(marks)].filter((mark) => mark.startsWith(key));
    const folders = groups();
    // Only now: a run that has started meanwhile has its lease, and is not taken for an ended one.
    const held = await readLeases();
    const { leases } = held;
    const known = [...new Set([...marked, ...folders.keys()])];
    const live = heldMarks(known, held, wrapperOfMark, isLive);
    const lost = known.filter((mark) => !live.has(mark));
    const nothing = targetOf([], leases);
    const found = lost.map(async (mark) => {
      const folder = folders.get(mark);
      if (folder !== undefined && !isPopulated(folder)) removeGroup(folder);
      const target = { ...nothing, folders: folder === undefined ? [] : [folder], marks: [mark] };
      return { mark, project: projectOfMark(mark), target, findings: await look(target, options, table) };
    });
    return (await Promise.all(found)).filter(({ findings }) => findings.found.length + findings.skipped.length > 0);
  };

  const sessionOrphans = async (readState: () => Promise<State>): Promise<readonly SessionOrphans[]> => {
    const table = view.scan();
    const sessions = lookForSessions(table, options);
    // Only now, for leases that were granted meanwhile.
    const state = await readState();
    const found = sessions.map(async ({ session }) => {
      const findings = await look(targetOfSession({ ...session, seen: [] }, state), options, table);
      // Ending the topmost process orphans its descendants, so all are found first.
      const seen = findings.found.map(({ row }) => row);
      return { session, findings, target: targetOfSession({ ...session, seen }, state) };
    });
    return (await Promise.all(found)).filter(({ findings }) => findings.found.length > 0);
  };

  const record = async (leases: readonly Lease[]): Promise<void> => {
    const runs = leases.filter(({ run }) => run !== null);
    seenProcesses.keep(new Set(runs.map(({ run }) => run?.mark ?? '')));
    const loose = runs.filter(({ run }) => run?.containment === 'ledger');
    if (loose.length === 0) return;
    const table = view.scan();
    for (const lease of loose) {
      const { found } = await look(targetOf([lease], leases), options, table);
      seenProcesses.add(
        lease.run?.mark ?? '',
        found.map(({ row }) => row),
      );
    }
  };

  const survey = async (leases: readonly Lease[], all: readonly Lease[]): Promise<readonly Surveyed[]> => {
    const table = view.scan();
    const looks = leases.map(async (lease) => {
      const findings = await look(targetOf([lease], all), options, table);
      return { lease, findings, memoryBytes: findings.found.reduce((sum, { row }) => sum + view.ownBytes(row), 0) };
    });
    return Promise.all(looks);
  };

  const sweep = async (readLeases: ReadLeases): Promise<void> => {
    const folders = groups();
    const live = heldMarks([...folders.keys()], await readLeases(), wrapperOfMark, isLive);
    for (const [mark, folder] of folders) if (!live.has(mark) && !isPopulated(folder)) removeGroup(folder);
  };

  const hold = async (target: Target, isStopped: boolean): Promise<readonly number[]> => {
    const frozen = target.folders.filter((folder) => freezeGroup(folder, isStopped));
    if (target.folders.length > 0 && frozen.length === target.folders.length) return frozen.flatMap(pidsIn);
    const { found } = await look(target, options);
    // Stop parents first, so that no parent sees its child stop; resume in reverse.
    for (const { row } of isStopped ? found : [...found].reverse())
      signalProcess(view, row, isStopped ? 'SIGSTOP' : 'SIGCONT');
    return [...frozen.flatMap(pidsIn), ...found.map(({ row }) => row.pid)];
  };

  return {
    look: (target) => look(target, options),
    end: (target, how) => endTrees(target, options, how),
    orphans,
    sessionOrphans,
    sweep,
    record,
    survey,
    hold,
  };
}
