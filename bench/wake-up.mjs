/** From the commit of a release to the line that the waiting command prints, with 16 processes waiting. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shuffled } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median, p95 } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const WAITERS = 16;
const TARGET_MS = { median: 15, p95: 50 };
const RELEASER = fileURLToPath(new URL('./lib/releaser.cjs', import.meta.url));
const WATCHER = fileURLToPath(new URL('./lib/watcher.mjs', import.meta.url));

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });

const workplace = openWorkplace();
const { openResourceManager } = await workplace.importApi();

/** The time of the next output of the process, in nanoseconds of the monotonic clock that all processes share. */
const nextOutput = async (child) => {
  await once(child.stdout, 'data');
  return Number(process.hrtime.bigint());
};

function startWaiter(dir, at) {
  const words = [workplace.bin('request-slots'), `waiter${at}`, '1', '--wait', '--pid', String(process.pid)];
  const child = workplace.start(words, { dir, stdio: ['ignore', 'pipe', 'pipe'] });
  const waiter = { isQueued: once(child.stderr, 'data'), grantedAt: nextOutput(child) };
  waiter.ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`a waiter ended with ${code}`);
    return waiter;
  });
  return waiter;
}

async function startWaiters(dir) {
  const waiters = Array.from({ length: WAITERS }, (_, at) => startWaiter(dir, at));
  // Each waiter prints on standard error that it is queued, just before it starts to wait.
  await Promise.all(waiters.map(({ isQueued }) => isQueued));
  const queue = await openResourceManager({ dir }).queue();
  if (queue.length !== WAITERS || queue.some(({ waiting }) => !waiting)) throw new Error('not all of them wait');
  return waiters;
}

/** Releases once, waits until the served waiters have ended, and adds their milliseconds to the samples. */
async function wake({ releaser, watchers, waiters, slots, samples }) {
  for (const watcher of watchers) {
    const isArmed = nextOutput(watcher);
    watcher.stdin.write('arm\n');
    await isArmed;
  }
  const changed = watchers.map(nextOutput);
  const committed = once(releaser, 'message');
  releaser.send({ slots });
  const [{ committedAt }] = await committed;
  const ended = waiters.map((waiter) => waiter.ended);
  const served = slots === 1 ? [await Promise.race(ended)] : await Promise.all(ended);

  const sinceCommitMs = async (at) => ((await at) - committedAt) / 1e6;
  samples['fs.watch A'].push(await sinceCommitMs(changed[0]));
  samples['fs.watch B'].push(await sinceCommitMs(changed[1]));
  for (const { grantedAt } of served) samples['request-slots --wait'].push(await sinceCommitMs(grantedAt));
  return served;
}

/** Starts sixteen waiters on their own state and releases slots until all are served. */
async function round(name, slots, samples) {
  const dir = await makeState(workplace, name, { maxSlots: WAITERS });
  const words = [RELEASER, workplace.library, String(WAITERS)];
  const releaser = workplace.start(words, { dir, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(releaser, 'message');
  const watchers = [1, 2].map(() => workplace.start([WATCHER], { dir, stdio: ['pipe', 'pipe', 'inherit'] }));

  let waiters = await startWaiters(dir);
  while (waiters.length > 0) {
    const served = await wake({ releaser, watchers, waiters, slots, samples });
    waiters = waiters.filter((waiter) => !served.includes(waiter));
  }
  releaser.disconnect();
  for (const watcher of watchers) watcher.stdin.end();
}

const variant = (title, slots) => ({
  title,
  slots,
  samples: { 'request-slots --wait': [], 'fs.watch A': [], 'fs.watch B': [] },
});
const variants = [variant('one slot at a time', 1), variant(`${WAITERS} slots at once`, WAITERS)];
for (let at = 0; at < Number(values.rounds); at += 1) {
  for (const { slots, samples } of shuffled(variants)) await round(`state-${at}-${slots}`, slots, samples);
}

for (const { title, samples } of variants) {
  printSamples(`from commit to grant seen, ${WAITERS} waiters, ${title}`, samples, 'fs.watch');
  const [middle, slow] = [median(samples['request-slots --wait']), p95(samples['request-slots --wait'])];
  printTarget(
    `${title}: median ${middle.toFixed(1)} ≤ ${TARGET_MS.median} ms, p95 ${slow.toFixed(1)} ≤ ${TARGET_MS.p95} ms`,
    middle <= TARGET_MS.median && slow <= TARGET_MS.p95,
  );
}
