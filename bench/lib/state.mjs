/** States for benches, in the layout of the store: one real lease is taken and copied. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MAX_PROJECTS = 200;
const RECORD = /^ *- (\{.*\})\n/m;

/**
 * Makes a state in `name` with `leases` leases of one slot, over up to 200 projects, and returns its folder. The holder
 * of all of them is this process, or none if `detached`.
 */
export async function makeState(workplace, name, { leases = 0, detached = false, maxSlots = 10_000 } = {}) {
  const dir = join(workplace.folder, name);
  const limits = ['--max', String(maxSlots), '--per-project', String(maxSlots)];
  workplace.run([workplace.bin('resource-manager'), 'init', ...limits], { dir });
  // Otherwise new requests would wait for memory that these idle leases are expected to grow into.
  workplace.run([workplace.bin('resource-manager'), 'config', 'set', 'slot_memory', '0'], { dir });
  if (leases === 0) return dir;

  // Not by the command, since its first run fills its code cache, and the bench measures that run.
  const { openResourceManager } = await workplace.importApi();
  await openResourceManager({ dir }).request('project1', 1, { pid: detached ? null : process.pid });
  const path = join(dir, 'slots.yaml');
  const text = readFileSync(path, 'utf8');
  const lease = JSON.parse(RECORD.exec(text)[1]);
  const lines = Array.from({ length: leases }, (_, at) => {
    const copy = { ...lease, id: `L${at + 1}`, project: `project${(at % MAX_PROJECTS) + 1}` };
    return `  - ${JSON.stringify(copy)}\n`;
  });
  // The count per project is derived and would be wrong until the first write.
  const rest = text.replace(/^slot_allocation: \{.*?\}/m, 'slot_allocation: {}');
  writeFileSync(
    path,
    rest.replace(RECORD, () => lines.join('')),
  );
  return dir;
}
