import { newAgent } from '../../core/budget/allocate.ts';
import { leasesOfAgent } from '../../core/budget/lease-agents.ts';
import { totalsOf } from '../../core/budget/ledger.ts';
import { standingOf } from '../../core/budget/standing.ts';
import { DEFAULT_WORKFLOW } from '../../core/model/budget.ts';
import { EXIT } from '../../errors.ts';
import { checkJson, standingText } from '../../render/budget.ts';
import { refusalError } from '../../render/refusal.ts';
import { answer } from '../answer.ts';
import { type Seen, seen } from '../budget-answer.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, Run } from '../command.ts';

export const spec: CommandSpec = {
  name: 'check',
  summary: 'ask what an agent may do: continue, warn, throttle, degrade or stop (exit 1)',
  examples: [
    ['resource-manager check consilio/auth || exit', 'before a step that costs something'],
    ['resource-manager check auth --json', 'colour, action, pause and what is left as one document'],
  ],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  options: [],
};

export const run: Run = async (typed, context) => {
  const name = agentName(typed.operands[0] as string);
  const store = await context.openStore();
  const { state, environment } = await store.read();
  const withoutBudget = (): Seen | null => {
    if (leasesOfAgent(state.leases, name).length === 0) return null;
    const agent = newAgent(name, DEFAULT_WORKFLOW, environment.now);
    return {
      agent,
      standing: standingOf(agent, totalsOf(state.budgets, DEFAULT_WORKFLOW), environment.settings.budget),
    };
  };
  const found = seen(state, environment, name) ?? withoutBudget();
  if (found === null) {
    const known = state.budgets.agents.map(({ agent }) => agent);
    throw refusalError({ code: 'no-such-agent', agent: name, known });
  }
  answer(
    typed,
    context,
    () => checkJson(found.agent, found.standing),
    () => standingText(found.agent, found.standing, context.out.styles),
  );
  return found.standing.action === 'stop' ? EXIT.checkedNo : EXIT.ok;
};
