/** One library operation in a warm process, against the same edit with the `yaml` package alone. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import floor from './lib/floor.cjs';
import { interleave, timed } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';
import { addLease, removeLease } from './lib/yaml-peer.mjs';

const SIZES = [
  { leases: 200, targetMs: 3 },
  { leases: 2000, targetMs: 25 },
];
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } });

const workplace = openWorkplace();
const { openResourceManager } = await workplace.importApi();

for (const { leases, targetMs } of SIZES) {
  const stateFor = (who) => makeState(workplace, `${who}-${leases}`, { leases, detached: true });
  const manager = openResourceManager({ dir: await stateFor('library') });
  const peer = async (letter) => {
    const path = join(await stateFor(`peer-${letter}`), 'slots.yaml');
    return async () => {
      const added = await timed(() => addLease(path, 'L999999'));
      const removed = await timed(() => removeLease(path, 'L999999'));
      return { [`yaml package ${letter}`]: (added + removed) / 2 };
    };
  };
  const bare = await stateFor('floor');
  floor.makeLock(bare);

  const samples = await interleave(Number(values.rounds), 20, {
    library: async () => {
      let lease = null;
      const request = await timed(async () => {
        lease = (await manager.request('measured', 1)).lease;
      });
      return { request, release: await timed(() => manager.release('measured', { lease })) };
    },
    floor: () => timed(() => floor.change(bare)),
    A: await peer('A'),
    B: await peer('B'),
  });

  printSamples(`one operation of the library, ${leases} leases`, samples, 'yaml package');
  const [request, release] = [median(samples.request), median(samples.release)];
  printTarget(
    `${leases} leases: request (${request.toFixed(2)} ms) and release (${release.toFixed(2)} ms) ≤ ${targetMs} ms`,
    Math.max(request, release) <= targetMs,
  );
}
