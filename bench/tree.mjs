/** Finds a tree of 200 processes, with the package and with ps-tree. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { importSource } from './lib/bundle.mjs';
import { interleave, timed } from './lib/interleave.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_MS = 8;
const TARGET_RATIO = 3;
const BRANCHES = 9;
const LEAVES = 21;
const MARK = `bench-${process.pid}`;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const workplace = openWorkplace();
const { look, linuxView, openSeenProcesses } = await importSource(
  workplace.folder,
  `export { look } from './src/host/reap/look.ts';
   export { openSeenProcesses } from './src/host/reap/seen-processes.ts';
   export { linuxView } from './src/host/processes/linux-view.ts';`,
);
const psTree = createRequire(import.meta.url)('ps-tree');

const leaves = Array.from({ length: LEAVES }, () => 'sleep 600 &').join(' ');
const script = `${Array.from({ length: BRANCHES }, () => `( ${leaves} wait ) &`).join(' ')} echo ready; wait`;
const tree = spawn('sh', ['-c', script], {
  detached: true,
  stdio: ['ignore', 'pipe', 'ignore'],
  env: { ...process.env, RESOURCE_MANAGER_MARK: MARK },
});
process.once('exit', () => process.kill(-tree.pid, 'SIGKILL'));
await new Promise((resolve) => tree.stdout.once('data', resolve));

const view = linuxView();
const root = view.row(tree.pid);
const base = { roots: [root], folders: [], marks: [], others: [], toolsOf: [], session: null };
const options = (own = view) => ({
  view: own,
  seenProcesses: openSeenProcesses(workplace.folder),
  uid: process.geteuid(),
});
const size = BRANCHES * (LEAVES + 1) + 1;

async function find(target, how) {
  for (;;) {
    const { found } = await look(target, how);
    if (found.length === size) return found.length;
  }
}
const warm = options();
await find(base, warm);
const marked = { ...base, marks: [MARK] };
await find(marked, warm);
await find(marked, warm);

const byPsTree = () =>
  timed(
    () =>
      new Promise((resolve, reject) => {
        psTree(tree.pid, (error, children) => {
          if (error) reject(error);
          else if (children.filter(({ COMMAND, COMM }) => (COMMAND ?? COMM) !== 'ps').length < size - 1)
            reject(new Error(`ps-tree found ${children.length}`));
          else resolve();
        });
      }),
  );
const samples = await interleave(Number(values.rounds), 5, {
  'ps-tree A': byPsTree,
  'ps-tree B': byPsTree,
  'ours, by descent': () => timed(() => look(base, warm)),
  'ours, and by mark': () => timed(() => look(marked, warm)),
  'ours, by mark, each environment read anew': () => timed(() => look(marked, options(linuxView()))),
});
printSamples(`a tree of ${size} processes found`, samples, 'ps-tree');
const own = median(samples['ours, by descent']);
const peer = median([...samples['ps-tree A'], ...samples['ps-tree B']]);
printTarget(
  `≤ ${TARGET_MS} ms and ≥ ${TARGET_RATIO} × faster than ps-tree (${own.toFixed(1)} ms, ${(peer / own).toFixed(1)} ×)`,
  own <= TARGET_MS && peer / own >= TARGET_RATIO,
);
process.exit();
