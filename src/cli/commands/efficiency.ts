import { knownAgent } from '../../app/budgets.ts';
import { lookBack } from '../../app/look-back.ts';
import type { Instant } from '../../core/model/instants.ts';
import { efficiencyOf } from '../../core/report/report.ts';
import { EXIT } from '../../errors.ts';
import type { ReadHistory } from '../../ports/history.ts';
import type { OpenStore } from '../../ports/store.ts';
import { efficiencyJson, efficiencyText } from '../../render/efficiency.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';

export const spec: CommandSpec = {
  about:
    'Shows how an agent uses its budget: the share used, the cost of one percent of progress, idle time, and the waits of its project and of others.',
  examples: [['resource-manager efficiency consilio/auth', 'one agent, over the whole history']],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  options: [],
};

export const run: RunCommand<OpenStore & ReadHistory> = async (invocation, ports) => {
  const name = agentName(invocation.operands[0] as string);
  const looked = await lookBack(await ports.openStore(), await ports.readHistory(), () => 0 as Instant);
  const agent = knownAgent(looked, name);
  const efficiency = efficiencyOf(agent, looked.tally);
  invocation.answer({
    json: () => efficiencyJson(efficiency),
    text: () => efficiencyText(efficiency, invocation.out.styles),
  });
  return EXIT.ok;
};
