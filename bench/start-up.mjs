/** A command's whole life, from spawn to exit, against a Node process that does nothing. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import floor from './lib/floor.cjs';
import { interleave } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET = 1.5;
const FLOOR = fileURLToPath(new URL('./lib/floor.cjs', import.meta.url));

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [process.execPath] },
    rounds: { type: 'string', default: '100' },
  },
});

const workplace = openWorkplace();
for (const node of values.node) {
  const version = workplace.run(['--version'], { node }).stdout.trim();
  const dir = await makeState(workplace, `state-${version}`, { leases: 20 });
  floor.makeLock(dir);
  const ms = (...words) => workplace.run(words, { dir, node }).ms;
  const nothing = () => ms('-e', '0');

  const samples = await interleave(Number(values.rounds), 2, {
    'node -e 0 A': nothing,
    'node -e 0 B': nothing,
    floor: () => ms(FLOOR),
    // Paired, so that the file has 20 leases before and after.
    pair: () => ({
      'request-slots': ms(workplace.bin('request-slots'), 'measured', '1'),
      'release-slots': ms(workplace.bin('release-slots'), 'measured'),
    }),
    'resource-status': () => ms(workplace.bin('resource-status')),
  });

  printSamples(`start-up, Node ${version}, 20 leases`, samples, 'node -e 0');
  const bare = median([...samples['node -e 0 A'], ...samples['node -e 0 B']]);
  const [request, release] = ['request-slots', 'release-slots'].map((name) => median(samples[name]) / bare);
  printTarget(
    `request-slots (${request.toFixed(2)}) and release-slots (${release.toFixed(2)}) ≤ ${TARGET} × node -e 0`,
    Math.max(request, release) <= TARGET,
  );
}
