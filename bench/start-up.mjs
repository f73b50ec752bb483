/** A command from spawn to exit, against an empty Node process and another build. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import floor from './lib/floor.cjs';
import { interleave } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET = 1.75;
const ABOVE_PEER = 0.2;
const FLOOR = fileURLToPath(new URL('./lib/floor.cjs', import.meta.url));

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [process.execPath] },
    rounds: { type: 'string', default: '100' },
    peer: { type: 'string' },
  },
});

const workplace = openWorkplace();
const builds = { '': workplace.bin, ...(values.peer && { 'peer ': workplace.peerBin(values.peer) }) };
for (const node of values.node) {
  const version = workplace.run(['--version'], { node }).stdout.trim();
  const nothing = () => workplace.run(['-e', '0'], { node }).ms;
  const candidates = { 'node -e 0 A': nothing, 'node -e 0 B': nothing };
  for (const [build, bin] of Object.entries(builds)) {
    const dir = await makeState(workplace, `${build.trim()}state-${version}`, { leases: 20 });
    const ms = (command, ...words) => workplace.run([bin(command), ...words], { dir, node }).ms;
    // In pairs, so that the file has 20 leases before and after.
    candidates[`${build}pair`] = () => ({
      [`${build}request-slots`]: ms('request-slots', 'measured', '1'),
      [`${build}release-slots`]: ms('release-slots', 'measured'),
    });
    candidates[`${build}resource-status`] = () => ms('resource-status');
    if (build !== '') continue;
    floor.makeLock(dir);
    candidates.floor = () => workplace.run([FLOOR], { dir, node }).ms;
  }
  const samples = await interleave(Number(values.rounds), 2, candidates);

  printSamples(`start-up, Node ${version}, 20 leases`, samples, 'node -e 0');
  const bare = median([...samples['node -e 0 A'], ...samples['node -e 0 B']]);
  const most = (build) =>
    Math.max(...['request-slots', 'release-slots'].map((name) => median(samples[build + name]) / bare));
  const ours = most('');
  printTarget(`request-slots and release-slots (${ours.toFixed(2)}) ≤ ${TARGET} × node -e 0`, ours <= TARGET);
  if (values.peer === undefined) continue;
  const peer = most('peer ');
  printTarget(`at most ${ABOVE_PEER} above those of the peer (${peer.toFixed(2)})`, ours <= peer + ABOVE_PEER);
}
