/** States to measure on, written as the store writes them: one real lease is taken and multiplied. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAX_PROJECTS = 200;
const RECORD = /^ *- (\{.*\})\n/m;

/**
 * Makes a state in `name` with this many leases of one slot, over up to 200 projects, and returns its folder. The holder
 * of all of them is this process, or nobody when `detached`.
 */
export async function makeState(workplace, name, { leases = 0, detached = false, maxSlots = 10_000 } = {}) {
  const dir = join(workplace.folder, name);
  const limits = ['--max', String(maxSlots), '--per-project', String(maxSlots)];
  workplace.run([workplace.bin('resource-manager'), 'init', ...limits], { dir });
  // Leases that nobody works under would be waited for to grow.
  workplace.run([workplace.bin('resource-manager'), 'config', 'set', 'slot_memory', '0'], { dir });
  if (leases === 0) return dir;

  // Not with the command: its first run decides what is in its code cache, and that run belongs to the bench.
  const { openResourceManager } = await workplace.importApi();
  await openResourceManager({ dir }).request('project1', 1, { pid: detached ? null : process.pid });
  const path = join(dir, 'slots.yaml');
  const text = readFileSync(path, 'utf8');
  const lease = JSON.parse(RECORD.exec(text)[1]);
  const lines = Array.from({ length: leases }, (_, at) => {
    const copy = { ...lease, id: `L${at + 1}`, project: `project${(at % MAX_PROJECTS) + 1}` };
    return `  - ${JSON.stringify(copy)}\n`;
  });
  // The count per project is derived: what the first write has not put right yet must not stand there wrong.
  const rest = text.replace(/^slot_allocation: \{.*?\}/m, 'slot_allocation: {}');
  writeFileSync(
    path,
    rest.replace(RECORD, () => lines.join('')),
  );
  return dir;
}
