import { agentStanding } from '../../app/budgets.ts';
import { EXIT } from '../../errors.ts';
import type { OpenStore } from '../../ports/store.ts';
import { standingText } from '../../render/budget.ts';
import { checkJson } from '../../render/json/budget-json.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';

export const spec: CommandSpec = {
  about:
    'Answers what an agent may do now, without reporting anything. The answer follows from the colour of its budget, from throttle and from stop.',
  examples: [
    ['resource-manager check consilio/auth || exit', 'before a step that costs something'],
    ['resource-manager check auth --json', 'colour, action, pause and what is left as one document'],
  ],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  options: [],
  exits: [[1, 'the agent has to stop']],
};

export const run: RunCommand<OpenStore> = async (invocation, ports) => {
  const name = agentName(invocation.operands[0] as string);
  const store = await ports.openStore();
  const looked = agentStanding(await store.read(), name);
  invocation.answer({ json: () => checkJson(looked), text: () => standingText(looked, invocation.out.styles) });
  return looked.standing.action === 'stop' ? EXIT.checkedNo : EXIT.ok;
};
