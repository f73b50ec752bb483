import { agentStanding, budgetStanding, type Ordered } from '../../app/budgets.ts';
import { leasesOfAgent } from '../../core/budget/lease-agents.ts';
import type { BudgetOrder } from '../../core/budget/orders.ts';
import { type AgentStanding, globalView } from '../../core/budget/overview.ts';
import { DEFAULT_WORKFLOW } from '../../core/model/budget.ts';
import { EXIT } from '../../errors.ts';
import type { LocalTimeZone } from '../../ports/clock.ts';
import type { OpenStore } from '../../ports/store.ts';
import { globalText, movesText, standingText } from '../../render/budget.ts';
import { agentsJson, globalJson, rebalanceJson, releasedBudgetJson } from '../../render/json/budget-json.ts';
import { refusalError } from '../../render/refusal.ts';
import { limitsText, usageText } from '../../render/text/amounts.ts';
import { order } from '../budget-answer.ts';
import {
  AMOUNT_OPTIONS,
  agentName,
  budgetPriority,
  isEmptyAmount,
  namedAmounts,
  renewal,
  someAmounts,
  weighted,
  workflowName,
} from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import type { Invocation } from '../invocation.ts';
import { usageError, verbOf } from '../values.ts';

const MEANINGS = {
  total: 'sets what a workflow has in all',
  allocate: 'sets the budget of one agent',
  equal: 'divides an amount evenly among agents',
  proportional: 'divides an amount among agents by weight: AGENT=WEIGHT',
  'from-pool': 'adds to the budget of an agent',
  borrow: 'adds to it, marked as borrowed',
  return: 'returns unused budget to the pool: the amount, or all that is left',
  rebalance: 'moves budget from idle agents to agents that run short',
  status: 'shows all budgets, or the budget of one agent',
  release: 'ends the budget of an agent; the rest goes back to the pool',
};
type Verb = keyof typeof MEANINGS;
const AMOUNTS = AMOUNT_OPTIONS.map(({ name }) => name);
const GIVING = [...AMOUNTS, 'priority', 'workflow', 'per', 'zone'];
const VERB_OPTIONS: Readonly<Record<Verb, readonly string[]>> = {
  total: [...AMOUNTS, 'workflow', 'per', 'zone'],
  allocate: GIVING,
  equal: GIVING,
  proportional: GIVING,
  'from-pool': GIVING,
  borrow: AMOUNTS,
  return: AMOUNTS,
  rebalance: ['workflow', 'dry-run'],
  status: ['workflow'],
  release: [],
};
const VERBS = Object.keys(MEANINGS) as Verb[];

export const spec: CommandSpec = {
  about:
    'Shares tokens, time and cost of a workflow out to agents. A workflow has a total, of which a tenth is kept back for critical agents; the part that is not allocated is the pool. Nothing is allocated twice.',
  examples: [
    [
      'resource-manager budget total --tokens 1M --cost 50',
      'the total of all agents of the workflow; a tenth is kept back',
    ],
    ['resource-manager budget allocate consilio/auth --tokens 50k --priority high', 'what one agent may use'],
    ['resource-manager budget equal auth api tests --tokens 150k', 'in equal parts: 50k for each'],
    ['resource-manager budget proportional auth=3 api=1 --tokens 100k', 'by weight'],
    ['resource-manager budget from-pool auth --tokens 10k', 'more, from the pool'],
    ['resource-manager budget allocate auth --cost 2 --per day', 'renewed every day'],
    ['resource-manager budget rebalance --dry-run', 'what would be moved, and why'],
    ['resource-manager budget status', 'all budgets'],
    ['resource-manager budget release auth', 'done: the rest goes back to the pool'],
  ],
  operands: [
    { name: VERBS.join('|'), required: true, help: 'what to do' },
    {
      name: 'AGENT',
      required: false,
      variadic: true,
      help: 'PROJECT/NAME or a bare name; with a weight for proportional',
    },
  ],
  options: [
    ...AMOUNT_OPTIONS,
    {
      name: 'priority',
      value: 'PRIORITY',
      help: 'order of agents when the pool is short: critical, high, normal or low',
    },
    { name: 'workflow', value: 'WORKFLOW', help: 'workflow that the budget belongs to', default: DEFAULT_WORKFLOW },
    { name: 'per', value: 'PERIOD', help: 'renew the budget every day, week or month, or after a duration like 5h' },
    { name: 'zone', value: 'ZONE', help: 'time zone of --per', default: "the machine's" },
    { name: 'dry-run', short: 'n', help: 'with rebalance: print what would be moved, and change nothing' },
  ],
  verbs: MEANINGS,
  verbOptions: VERB_OPTIONS,
  exits: [
    [69, 'more than the workflow can allocate in total'],
    [75, 'the pool is short'],
  ],
};

function oneAgent(verb: Verb, words: readonly string[]): string {
  if (words.length !== 1)
    throw usageError(
      `budget ${verb} takes one agent`,
      'name one like consilio/auth; agents with a budget: resource-manager budget status',
    );
  return agentName(words[0] as string);
}

function someAgents(verb: Verb, words: readonly string[]): readonly string[] {
  if (words.length === 0)
    throw usageError(
      `budget ${verb} needs agents`,
      'name them like consilio/auth; see: resource-manager budget --help',
    );
  return words;
}

function refuseTwice(agents: readonly { readonly agent: string }[]): void {
  const keys = agents.map(({ agent }) => agent.toLowerCase());
  if (new Set(keys).size < keys.length) throw usageError('an agent is named twice', 'name each once');
}

/** The order of a command line; null for `status`, which orders nothing. */
function orderFrom(
  verb: Verb,
  words: readonly string[],
  invocation: Invocation,
  ports: LocalTimeZone & OpenStore,
): BudgetOrder | null {
  const workflow = invocation.option('workflow', workflowName);
  const zone = () => ports.timeZone();
  const giving = (
    agents: readonly { readonly agent: string; readonly weight: number }[],
    isAdding = false,
  ): BudgetOrder => {
    refuseTwice(agents);
    return {
      do: 'allocate',
      agents,
      amounts: isAdding || agents.length > 1 ? someAmounts(invocation, `budget ${verb}`) : namedAmounts(invocation),
      workflow,
      priority: invocation.option('priority', budgetPriority),
      renewal: renewal(invocation, zone),
      isAdding,
    };
  };
  switch (verb) {
    case 'total':
      if (words.length > 0) throw usageError('budget total takes no agent', 'name the workflow with --workflow');
      return {
        do: 'total',
        workflow: workflow ?? DEFAULT_WORKFLOW,
        amounts: someAmounts(invocation, 'budget total'),
        renewal: renewal(invocation, zone),
      };
    case 'allocate':
      return giving([{ agent: oneAgent(verb, words), weight: 1 }]);
    case 'equal':
      someAmounts(invocation, 'budget equal');
      return giving(someAgents(verb, words).map((word) => ({ agent: agentName(word), weight: 1 })));
    case 'proportional':
      someAmounts(invocation, 'budget proportional');
      return giving(someAgents(verb, words).map(weighted));
    case 'from-pool':
      return giving([{ agent: oneAgent(verb, words), weight: 1 }], true);
    case 'borrow':
      return { do: 'borrow', agent: oneAgent(verb, words), amounts: someAmounts(invocation, 'budget borrow') };
    case 'return': {
      const amounts = namedAmounts(invocation);
      return { do: 'return', agent: oneAgent(verb, words), amounts: isEmptyAmount(amounts) ? null : amounts };
    }
    case 'release':
      return { do: 'release', agent: oneAgent(verb, words) };
    case 'rebalance':
      if (words.length > 0) throw usageError('budget rebalance takes no agent', 'limit it with --workflow');
      return { do: 'rebalance', workflow };
    case 'status':
      return null;
  }
}

async function status(
  words: readonly string[],
  invocation: Invocation,
  ports: LocalTimeZone & OpenStore,
): Promise<number> {
  const store = await ports.openStore();
  const snapshot = await store.read();
  const { state, environment } = snapshot;
  const { styles } = invocation.out;
  if (words.length > 0) {
    const name = oneAgent('status', words);
    if (invocation.has('workflow'))
      throw usageError(
        '--workflow and an agent exclude each other',
        `without it: resource-manager budget status ${name}`,
      );
    const found = budgetStanding(snapshot, name);
    if (found === null) {
      const isWorking = leasesOfAgent(state.leases, name).length > 0;
      const known = state.budgets.agents.map(({ agent }) => agent);
      if (isWorking)
        throw usageError(`${name} has no budget`, `give it one: resource-manager budget allocate ${name} --tokens 50k`);
      throw refusalError({ code: 'no-such-agent', agent: name, known });
    }
    tellAgents([found], invocation);
    return EXIT.ok;
  }
  const only = invocation.option('workflow', workflowName);
  const view = globalView(state.budgets, environment.settings.budget, only);
  if (only !== null && view.workflows.length === 0) {
    const known = [...new Set([...state.budgets.workflows, ...state.budgets.agents].map(({ workflow }) => workflow))];
    throw refusalError({ code: 'no-such-workflow', workflow: only, known });
  }
  invocation.answer({ json: () => globalJson(view), text: () => globalText(view, styles) });
  return EXIT.ok;
}

function tellAgents(agents: readonly AgentStanding[], invocation: Invocation): void {
  const { styles } = invocation.out;
  invocation.answer({
    json: () => agentsJson(agents),
    text: () =>
      agents
        .map(
          (one) =>
            `${standingText(one, styles)}\n   allocated ${limitsText(one.agent.allocated)}; used ${usageText(one.agent.consumed)}`,
        )
        .join('\n'),
  });
}

function tell(verb: Verb, { committed, outcome }: Ordered, invocation: Invocation): void {
  const { state, environment } = committed;
  const { styles } = invocation.out;
  const isDryRun = invocation.has('dry-run');
  if (verb === 'total') {
    const view = globalView(state.budgets, environment.settings.budget, outcome.workflow);
    invocation.answer({ json: () => globalJson(view), text: () => globalText(view, styles) });
  } else if (verb === 'rebalance') {
    invocation.answer({
      json: () => rebalanceJson(outcome.moves, isDryRun),
      text: () => movesText(outcome.moves, isDryRun),
    });
  } else if (outcome.released !== null) {
    const { released } = outcome;
    const { returned, consumed } = released;
    const agent = outcome.agents[0] ?? '';
    invocation.answer({
      json: () => releasedBudgetJson(agent, outcome.workflow, released),
      text: () => `Released ${agent}: used ${usageText(consumed)}, ${usageText(returned)} back to the pool`,
    });
  } else {
    tellAgents(
      outcome.agents.map((name) => agentStanding(committed, name)),
      invocation,
    );
  }
}

export const run: RunCommand<LocalTimeZone & OpenStore> = async (invocation, ports) => {
  const [word = '', ...words] = invocation.operands;
  const verb = verbOf('budget', VERBS, word);
  const wanted = orderFrom(verb, words, invocation, ports);
  if (wanted === null) return status(words, invocation, ports);
  tell(verb, await order(invocation, ports, wanted, invocation.has('dry-run')), invocation);
  return EXIT.ok;
};
