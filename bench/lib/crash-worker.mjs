/** One worker of the crash driver: commands in random order, of which some are killed or stopped at any moment. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { signal } from './proc.mjs';

const FAULT = fileURLToPath(new URL('../../test/helpers/fault.cjs', import.meta.url));
const WITNESS = fileURLToPath(new URL('./crash-witness.sh', import.meta.url));
const KILLED = 0.25;
const STOPPED = 0.08;
/** File operations of a command that are faulted exactly; and milliseconds of its life otherwise. */
const OPERATIONS = 30;
const LIFE_MS = 150;
/** Longer than lock_takeover_after, shorter, and hardly at all. */
const STOPS_MS = [50, 800, 6_500];
const EXPECTED = new Set([0, 7, 66, 69, 74, 75, 124]);

/** `run` passes on any code of its command; `resource-kill` and `reap` have survivors where a process is stopped. */
const isExpected = (name, words, status) =>
  EXPECTED.has(status) || words[0] === 'run' || (status === 1 && (name === 'resource-kill' || words[0] === 'reap'));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function openWorker({ at, next, bin, env, count, witnesses, isOver }) {
  const project = `p${at}`;
  const agent = `${project}/a`;
  const mine = new Set();
  const runs = new Set();
  const unsettled = [];
  const figures = { commands: 0, killed: 0, stopped: 0, slowestMs: 0, slowest: '', outcomes: {} };
  let holder = null;
  let reports = 0;

  const chance = (share) => next() < share;
  const pick = (items) => items[Math.floor(next() * items.length)];
  const between = (least, most) => least + Math.floor(next() * (most - least + 1));

  /** The fault of one command: killed or stopped, after a time or before a file operation; or none. */
  const chooseFault = () => {
    const roll = next();
    if (roll >= KILLED + STOPPED) return null;
    const kind = roll < KILLED ? 'kill' : 'stop';
    return {
      kind,
      at: chance(0.5) ? between(1, OPERATIONS) : null,
      afterMs: between(0, LIFE_MS),
      stopMs: pick(STOPS_MS),
    };
  };

  /** Runs a command to its end; `isClean` if no fault was planned for it. */
  function command(name, words, { fault = chooseFault(), waitsMs = 0 } = {}) {
    const exact = fault !== null && fault.at !== null;
    const more = exact
      ? { NODE_OPTIONS: `--require=${FAULT}`, FAULT: JSON.stringify({ at: fault.at, do: fault.kind }) }
      : {};
    const from = performance.now();
    const child = spawn(process.execPath, [bin(name), ...words], {
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.err += text;
    });
    const timers = [];
    if (fault !== null && !exact) {
      const kind = fault.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP';
      timers.push(setTimeout(() => child.kill(kind), fault.afterMs));
    }
    if (fault?.kind === 'stop') timers.push(setInterval(() => child.kill('SIGCONT'), fault.stopMs));
    const result = new Promise((resolve) => {
      child.once('close', (status, by) => {
        for (const timer of timers) clearTimeout(timer);
        const ms = performance.now() - from - waitsMs;
        note(name, words, fault, { status, by, ms, ...output });
        resolve({ status, by, ...output, isClean: fault === null });
      });
    });
    return { child, fault, result };
  }

  function note(name, words, fault, { status, by, ms, err }) {
    figures.commands += 1;
    if (by === 'SIGKILL') figures.killed += 1;
    if (fault?.kind === 'stop') figures.stopped += 1;
    const outcome = by ?? status;
    figures.outcomes[outcome] = (figures.outcomes[outcome] ?? 0) + 1;
    const line = `${name} ${words.join(' ').slice(0, 80)}: ${outcome}: ${err.trim().split('\n')[0]}`;
    if (status === 70 || /internal error|^ {4}at /m.test(err)) count.fault('internal error', line);
    else if (fault === null && !isExpected(name, words, status) && by !== 'SIGKILL')
      count.fault('unexpected exit', line);
    if (fault === null && by === null && words[0] !== 'run' && ms > figures.slowestMs)
      Object.assign(figures, { slowestMs: ms, slowest: line });
  }

  const parsed = ({ out }) => {
    try {
      return JSON.parse(out);
    } catch {
      return null;
    }
  };

  const theHolder = () => {
    if (holder === null || holder.exitCode !== null || holder.signalCode !== null)
      holder = spawn('sleep', ['100000'], { stdio: 'ignore' });
    return holder;
  };

  /** Nothing counts as held from the moment before anything may end it. */
  const forget = () => {
    for (const lease of mine) count.held.delete(lease);
    mine.clear();
  };

  const endHolder = async () => {
    if (holder === null) return;
    forget();
    const gone = holder;
    holder = null;
    gone.kill('SIGKILL');
    if (gone.exitCode === null && gone.signalCode === null) await new Promise((resolve) => gone.once('exit', resolve));
  };

  const actions = {
    async request() {
      const slots = between(1, 2);
      const waits = chance(0.4);
      const more = waits ? ['--wait=2s'] : chance(0.5) ? ['--no-queue'] : [];
      const words = [project, String(slots), '--pid', String(theHolder().pid), '--json', ...more];
      const answer = parsed(await command('request-slots', words, { waitsMs: waits ? 2_000 : 0 }).result);
      if (answer?.outcome !== 'granted' || holder === null) return;
      mine.add(answer.lease);
      count.held.set(answer.lease, answer.granted);
    },
    async release() {
      const lease = [...mine][0];
      if (lease === undefined) return;
      mine.delete(lease);
      count.held.delete(lease);
      for (let tries = 0; tries < 3; tries += 1) {
        const { status } = await command('release-slots', [project, '--lease', lease]).result;
        if (status === 0 || status === 66) return;
      }
    },
    endHolder,
    async run() {
      if (runs.size >= 2) return;
      const words = ['run', project, '--agent', `r${between(0, 9)}`, '--', 'sh', WITNESS, witnesses];
      const one = command('resource-manager', [...words, (0.2 + next() * 1.5).toFixed(2)]);
      one.disturbed = one.fault !== null;
      runs.add(one);
      one.result.then(({ status, by, err }) => {
        runs.delete(one);
        // 1 and 137 are those of a command or wrapper that the chaos has killed.
        if (!one.disturbed && ![7, 74, 75].includes(status))
          count.fault('run ended', `${project}: exit ${status ?? by}: ${err.trim()}\n${count.storyOf(one.child.pid)}`);
      });
      await pause(between(0, 200));
    },
    async killRun() {
      const one = [...runs][0];
      if (one === undefined) return;
      one.disturbed = true;
      one.child.kill(pick(['SIGKILL', 'SIGTERM', 'SIGINT']));
    },
    async report() {
      reports += 1;
      const spend = { id: `${project}-${reports}`, tokens: between(1, 1_000) };
      for (let tries = 0; tries < 4; tries += 1) if (await report(spend)) return;
      unsettled.push(spend);
    },
    async settle() {
      const spend = unsettled.shift();
      if (spend !== undefined && !(await report(spend))) unsettled.push(spend);
    },
    async kill() {
      forget();
      for (const one of runs) one.disturbed = true;
      await command('resource-kill', [project, '-y', '--grace', '200ms', '--json']).result;
      for (const one of runs) one.disturbed = true;
      await endHolder();
    },
    async look() {
      const { status, by, isClean, err } = await command('resource-status', ['--json']).result;
      if (isClean && by === null && status !== 0) count.fault('read failed', `resource-status: ${status}: ${err}`);
    },
    async reap() {
      await command('resource-manager', ['reap', '-y', '--grace', '200ms', '--json']).result;
    },
  };

  async function report({ id, tokens }, options) {
    const words = [agent, '--tokens', String(tokens), '--id', id, '--json'];
    const { status, out } = await command('report-usage', words, options).result;
    if (status !== 0) return false;
    if (!out.includes('"agent"')) count.fault('empty answer', `report-usage ${words.join(' ')}`);
    count.acknowledge(agent, tokens);
    return true;
  }

  const weights = {
    request: 6,
    release: 5,
    endHolder: 1,
    run: 5,
    killRun: 2,
    report: 6,
    settle: 1,
    kill: 0.7,
    look: 1,
    reap: 0.3,
  };
  const names = Object.entries(weights).flatMap(([name, weight]) => Array(Math.round(weight * 10)).fill(name));

  return {
    agent,
    figures,
    isOwnRun: (pid) => {
      for (const one of runs) if (one.child.pid === pid) one.disturbed = true;
    },
    async work() {
      while (!isOver()) {
        await actions[pick(names)]();
        await pause(between(0, 40));
      }
    },
    /** Ends all that this worker has, without faults; every usage of it is acknowledged afterwards. */
    async finish() {
      for (const one of runs) {
        signal(one.child.pid, 'SIGCONT');
        await one.result;
      }
      await endHolder();
      for (const spend of unsettled)
        for (let tries = 0; !(await report(spend, { fault: null })); tries += 1)
          if (tries === 20) {
            count.fault('report refused', `${agent} ${spend.id}`);
            break;
          }
    },
  };
}
