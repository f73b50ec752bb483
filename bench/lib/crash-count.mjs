/** The count beside the code under test: slots that are known to be held, and usage that was acknowledged. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { stat } from './proc.mjs';

const isLive = ({ pid, started }) => stat(pid)?.started === started;

export function openCount({ dir, witnesses, max }) {
  const faults = new Map();
  /** Leases that a command has acknowledged and that nothing has begun to end: lease to slots. */
  const held = new Map();
  const acknowledged = new Map();
  const folders = new Set();
  let most = 0;
  let looks = 0;

  const freed = new Set();
  const lastSeen = new Map();

  /** The events of a lease, to explain a fault. */
  const story = (lease) =>
    readdirSync(join(dir, 'history'))
      .flatMap((day) => readFileSync(join(dir, 'history', day), 'utf8').split('\n'))
      .filter((line) => line.includes(`"${lease}"`))
      .map((line) => `    ${line.slice(0, 300)}`)
      .join('\n');

  const fault = (kind, text) => {
    const list = faults.get(kind) ?? [];
    list.push(text);
    faults.set(kind, list);
  };

  /** Commands of runs that are alive now. */
  const live = () =>
    readdirSync(witnesses)
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const [pid, started, lease] = readFileSync(join(witnesses, name), 'utf8').trim().split(' ');
          const witness = { pid: Number(pid), started: Number(started), lease };
          if (isLive(witness)) return [witness];
          rmSync(join(witnesses, name), { force: true });
        } catch {
          // It has ended meanwhile.
        }
        return [];
      });

  /**
   * Compares the state with what is known to be held. The whole look is synchronous, so that no lease of `held` changes
   * meanwhile; a command of a run counts if it lives before and after the state is read.
   */
  const look = () => {
    const before = live();
    const text = readFileSync(join(dir, 'slots.yaml'), 'utf8');
    const running = before.filter(isLive);
    const state = parse(text);
    const leases = new Map((state.leases ?? []).map((lease) => [lease.id, lease]));
    for (const lease of leases.values()) {
      if (lease.run?.folder) folders.add(lease.run.folder);
      lastSeen.set(lease.id, lease);
    }
    const used = [...leases.values()].reduce((sum, { slots }) => sum + slots, 0);
    const allocated = Object.values(state.slot_allocation ?? {}).reduce((sum, slots) => sum + slots, 0);
    const known = [...held.values()].reduce((sum, slots) => sum + slots, 0) + running.length;
    most = Math.max(most, known);
    looks += 1;
    if (used > max) fault('over-grant', `the state holds ${used} of ${max}`);
    if (known > max) fault('over-grant', `${known} of ${max} are held`);
    if (used !== allocated) fault('sum', `slot_allocation ${allocated}, leases ${used}`);
    for (const [lease, slots] of held)
      if (leases.get(lease)?.slots !== slots) fault('lost lease', `${lease} of ${slots} slots was acknowledged`);
    for (const { pid, lease } of running)
      if (!leases.has(lease) && !freed.has(lease)) {
        freed.add(lease);
        const parent = stat(stat(pid)?.parent);
        fault(
          'freed while alive',
          `${lease}: process ${pid} (${stat(pid)?.state}, parent ${parent?.state}) of the run lives\n${story(lease)}\n    ${JSON.stringify(lastSeen.get(lease))}\n    ${new Date().toISOString()} ${existsSync(join(dir, 'ballast')) ? 'full disk' : ''}`,
        );
      }
  };

  return {
    fault,
    faults,
    /** The events of the lease of a run, by the process id of its wrapper. */
    storyOf: (wrapper) =>
      [...lastSeen.values()]
        .filter(({ holder }) => holder?.pid === wrapper)
        .map((lease) => `${story(lease.id)}\n    ${JSON.stringify(lease)}`)
        .join('\n'),
    held,
    folders,
    live,
    look,
    /** A report with an id that was answered with success. */
    acknowledge: (agent, tokens) => acknowledged.set(agent, (acknowledged.get(agent) ?? 0) + tokens),
    acknowledged,
    figures: () => ({ most, looks }),
  };
}
