/**
 * Ten runs share exactly the total they need. Measures how much of it is used and how many runs finish, with an even
 * split and with rebalancing, on simulated time.
 */
import { parseArgs } from 'node:util';
import { importSource } from './lib/bundle.mjs';
import { median } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { random, runsFrom } from './lib/traces.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_UTILISATION = 0.95;
const TARGET_FAIRNESS = 0.9;
const AT_ONCE = 10;
const MONITOR_SECONDS = 30;

const { values } = parseArgs({
  options: {
    traces: { type: 'string' },
    rounds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const next = random(Number(values.seed));
const runs = runsFrom(values.traces, next);
const workplace = openWorkplace();
const core = await importSource(
  workplace.folder,
  `export { transition } from './src/core/transition.ts';
   export { emptyState } from './src/core/model/state.ts';
   export { findAgent } from './src/core/budget/books.ts';
   export { standingOf } from './src/core/budget/standing.ts';
   export { totalsOf } from './src/core/budget/totals.ts';
   export { DEFAULT_SETTINGS } from './src/core/settings/settings.ts';`,
);

const NOW = Date.UTC(2026, 10, 25);
// The total has no reserve, so that only rebalancing is measured.
const settings = { ...core.DEFAULT_SETTINGS, budget: { ...core.DEFAULT_SETTINGS.budget, reserveShare: 0 } };

function openBooks() {
  let state = core.emptyState(AT_ONCE);
  return {
    order(order, second) {
      const env = {
        now: NOW + Math.round(second * 1000),
        settings,
        dead: new Set(),
        memoryAvailableBytes: null,
        memoryTotalBytes: null,
      };
      const done = core.transition(state, { kind: 'budget', order }, env);
      if (done.outcome.kind === 'refused') throw new Error(`${order.do}: ${done.outcome.refusal.code}`);
      state = done.state;
    },
    standing(name) {
      const agent = core.findAgent(state.budgets, name);
      return core.standingOf(agent, core.totalsOf(state.budgets, agent.workflow), settings.budget);
    },
  };
}

const need = (calls) => calls.reduce((sum, { tokens }) => sum + tokens, 0);
const jain = (shares) =>
  shares.reduce((sum, x) => sum + x, 0) ** 2 / (shares.length * shares.reduce((sum, x) => sum + x * x, 0));

/** One round. An agent asks before each call, makes it and reports it; a stopped agent waits for returned amounts. */
function play(chosen, isDynamic) {
  const total = chosen.reduce((sum, calls) => sum + need(calls), 0);
  const books = openBooks();
  books.order({ do: 'total', workflow: 'default', amounts: { tokens: total }, renewal: null }, 0);
  const agents = chosen.map((calls, at) => ({
    name: `a${at}`,
    calls,
    made: 0,
    used: 0,
    readyAt: calls[0].at,
    waits: false,
  }));
  const fair = isDynamic ? Math.floor(total / 2) : total;
  books.order(
    {
      do: 'allocate',
      agents: agents.map(({ name }) => ({ agent: name, weight: 1 })),
      amounts: { tokens: fair },
      workflow: null,
      priority: null,
      renewal: null,
      isAdding: false,
    },
    0,
  );
  let clock = 0;
  let stuckAt = -1;
  const move = () => {
    if (!isDynamic) return;
    books.order({ do: 'rebalance', workflow: null }, clock);
    for (const agent of agents) agent.waits = false;
  };
  for (;;) {
    const ready = agents.filter(({ made, calls, waits }) => made < calls.length && !waits);
    if (ready.length === 0) {
      // The monitor rebalances once more; the round ends if no agent can continue then.
      const isStuck = !isDynamic || stuckAt === clock || agents.every(({ made, calls }) => made === calls.length);
      if (isStuck) break;
      clock += MONITOR_SECONDS;
      stuckAt = clock;
      move();
      continue;
    }
    const agent = ready.reduce((first, other) => (other.readyAt < first.readyAt ? other : first));
    clock = Math.max(clock, agent.readyAt);
    if (books.standing(agent.name).action === 'stop') {
      agent.waits = true;
      continue;
    }
    const { tokens } = agent.calls[agent.made];
    const usage = { tokens, timeMs: 0, costMicroUsd: 0 };
    const report = {
      do: 'report',
      agent: agent.name,
      usage,
      progress: null,
      phase: null,
      id: null,
      reserve: null,
      holder: null,
    };
    books.order(report, clock);
    agent.used += tokens;
    agent.made += 1;
    const { share, pauseMs } = books.standing(agent.name);
    if (agent.made === agent.calls.length) {
      if (isDynamic) books.order({ do: 'release', agent: agent.name }, clock);
      move();
      continue;
    }
    agent.readyAt = clock + (agent.calls[agent.made].at - agent.calls[agent.made - 1].at) + pauseMs / 1000;
    if (share >= 0.8) move();
  }
  const used = agents.reduce((sum, agent) => sum + agent.used, 0);
  return {
    utilisation: used / total,
    finished: agents.filter(({ made, calls }) => made === calls.length).length,
    // The needs add up to the total, so by max-min fairness each agent is entitled to all it needs.
    fairness: jain(agents.map((agent) => agent.used / need(agent.calls))),
  };
}

function draw() {
  const left = [...runs];
  return Array.from({ length: AT_ONCE }, () => left.splice(Math.floor(next() * left.length), 1)[0]);
}

const rounds = Array.from({ length: Number(values.rounds) }, draw);
const played = {
  'split evenly': rounds.map((chosen) => play(chosen, false)),
  moved: rounds.map((chosen) => play(chosen, true)),
};
const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
const percent = (x) => `${(100 * x).toFixed(1)} %`;
const pick = (list, key) => list.map((one) => one[key]);
printTable(
  `${values.rounds} times ten of ${runs.length} ${values.traces === undefined ? 'made-up' : 'recorded'} runs`,
  [
    ['', 'used, mean', 'least', 'median', 'finished of 10, mean', 'least', 'Jain, mean', 'least'],
    ...Object.entries(played).map(([name, list]) => [
      name,
      percent(mean(pick(list, 'utilisation'))),
      percent(Math.min(...pick(list, 'utilisation'))),
      percent(median(pick(list, 'utilisation'))),
      mean(pick(list, 'finished')).toFixed(2),
      String(Math.min(...pick(list, 'finished'))),
      mean(pick(list, 'fairness')).toFixed(3),
      Math.min(...pick(list, 'fairness')).toFixed(3),
    ]),
  ],
);
const { moved } = played;
printTarget(
  `moved: ≥ ${percent(TARGET_UTILISATION)} used, Jain ≥ ${TARGET_FAIRNESS}, every run finishes`,
  mean(pick(moved, 'utilisation')) >= TARGET_UTILISATION &&
    mean(pick(moved, 'fairness')) >= TARGET_FAIRNESS &&
    moved.every(({ finished }) => finished === AT_ONCE),
);
