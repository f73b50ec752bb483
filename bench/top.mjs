/** The processor time of `top` without input, on its own terminal, for a pool without changes and one with changes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_CPU_PERCENT = 1;
const TICK_MS = 10;
const SETTLE_MS = 3_000;
const AGENTS = 20;
/** The interval of changes, like usage reports of agents. */
const CHANGE_EVERY_MS = 1_000;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const workplace = openWorkplace();
const dir = `${workplace.folder}/state`;
const program = workplace.bin('resource-manager');
workplace.run([program, 'init', '--max', '20', '--per-project', '10'], { dir });
for (const project of ['one', 'two', 'three', 'four']) {
  const agents = Array.from({ length: AGENTS / 4 }, (_, at) => `agent${at}`);
  const words = [project, String(agents.length), '--agents', agents.join(','), '--detached', '--ttl', '3h'];
  workplace.run([workplace.bin('request-slots'), ...words], { dir });
  for (const agent of agents)
    workplace.run([program, 'budget', 'allocate', `${project}/${agent}`, '--tokens', '1M'], { dir });
}

const socket = `bench-top-${process.pid}`;
const tmux = (...words) => {
  const env = { PATH: process.env.PATH, HOME: workplace.folder, TMUX_TMPDIR: workplace.folder, TERM: 'xterm-256color' };
  const { status, stdout, stderr, error } = spawnSync('tmux', ['-L', socket, '-f', '/dev/null', ...words], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw error ?? new Error(`tmux ${words[0]} ended with ${status}\n${stderr}`);
  return stdout.trim();
};
// Runs before the folder is removed: it holds the socket, and a top that ends later would write its code cache there.
process.prependOnceListener('exit', () => {
  try {
    tmux('kill-server');
  } catch {
    // The server was not started.
  }
  while (pid !== null && existsSync(`/proc/${pid}`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
});
let pid = null;
const command = `RESOURCE_MANAGER_DIR='${dir}' exec '${process.execPath}' '${program}' top`;
tmux('new-session', '-d', '-x', '120', '-y', '40', command);
pid = Number(tmux('list-panes', '-F', '#{pane_pid}'));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const cpuMs = () => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};
const rssMib = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

async function share(act) {
  await pause(SETTLE_MS);
  const [began, before] = [performance.now(), cpuMs()];
  const end = began + Number(values.seconds) * 1000;
  while (performance.now() < end) await act();
  return (100 * (cpuMs() - before)) / (performance.now() - began);
}

const idle = await share(() => pause(1_000));
if (!tmux('capture-pane', '-p').includes('agent0')) throw new Error('top did not show what it should');
const busy = await share(async () => {
  const began = performance.now();
  workplace.run([workplace.bin('report-usage'), 'one/agent0', '--tokens', '100'], { dir });
  await pause(Math.max(0, CHANGE_EVERY_MS - (performance.now() - began)));
});

printTable(`top at 120x40 for ${values.seconds} seconds each, ${AGENTS} agents with budgets`, [
  ['share of a core, nothing changes', `${idle.toFixed(2)} %`],
  ['share of a core, a change every second', `${busy.toFixed(2)} %`],
  ['resident', `${rssMib().toFixed(1)} MiB`],
]);
printTarget(`≤ ${TARGET_CPU_PERCENT} % of a core while nothing changes`, idle <= TARGET_CPU_PERCENT);
process.exit();
