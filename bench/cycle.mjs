/** One scheduling cycle of the pure core with 10,000 queued requests. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { interleave, timed } from './lib/interleave.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_MS = 20;
const REQUESTS = 10_000;
const PROJECTS = 200;
const CAPACITY = 1000;
const STRATEGIES = ['fifo', 'fair-share', 'priority'];

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' } } });

async function importCore(folder) {
  const outfile = join(folder, 'core.mjs');
  const contents = `
    export { planCycle } from './src/core/schedule/cycle.ts';
    export { transition } from './src/core/transition.ts';
    export * from './test/helpers/state.ts';`;
  const resolveDir = fileURLToPath(new URL('..', import.meta.url));
  await build({ stdin: { contents, resolveDir }, bundle: true, format: 'esm', outfile, logLevel: 'warning' });
  return import(pathToFileURL(outfile).href);
}

/** Half of the capacity in use, sizes 1 to 5, neighbours of different projects, all waits below drain_after. */
function crowdedState({ NOW, aLease, anEntry, attended, aState, later }) {
  const project = (at) => `project${(at * 7) % PROJECTS}`;
  const leases = Array.from({ length: CAPACITY / 2 }, (_, at) => aLease(`L${at + 1}`, project(at), 1));
  const queue = Array.from({ length: REQUESTS }, (_, at) =>
    anEntry(`T${CAPACITY + at}`, project(at), 1 + ((at * 3) % 5), {
      ...attended(CAPACITY + at),
      queuedAt: later(50 * (at - REQUESTS), NOW),
    }),
  );
  return aState(CAPACITY, leases, queue, { nextId: CAPACITY + REQUESTS });
}

/** A guarantee and a weight for every tenth project, a priority for every fifth, so that no strategy takes a short cut. */
function settingsFor(strategy, { byProject, projects }) {
  const every = (step, value) =>
    Object.fromEntries(Array.from({ length: PROJECTS / step }, (_, at) => [`project${at * step}`, value]));
  return {
    strategy,
    maxPerProject: 20,
    projects: projects(every(10, { guaranteed: 3, weight: 2 })),
    projectPriorities: byProject(every(5, 8)),
  };
}

const workplace = openWorkplace();
const core = await importCore(workplace.folder);
const state = crowdedState(core);
const sortQueue = () => timed(() => state.queue.toSorted((a, b) => b.queuedAt - a.queuedAt));

const candidates = { 'sort by time A': sortQueue, 'sort by time B': sortQueue };
for (const strategy of STRATEGIES) {
  const env = core.anEnvironment(settingsFor(strategy, core));
  candidates[`cycle, ${strategy}`] = () => timed(() => core.planCycle(state, env));
  candidates[`whole transition, ${strategy}`] = () => timed(() => core.transition(state, { kind: 'settle' }, env));
}
const samples = await interleave(Number(values.rounds), 20, candidates);

printSamples(`a cycle with ${REQUESTS} requests of ${PROJECTS} projects`, samples, 'sort by time');
const worst = Math.max(...STRATEGIES.map((strategy) => median(samples[`cycle, ${strategy}`])));
printTarget(`cycle ≤ ${TARGET_MS} ms under each strategy (worst ${worst.toFixed(2)} ms)`, worst <= TARGET_MS);
