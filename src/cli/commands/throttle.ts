import type { OpenStore } from '../../ports/store.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { imposed } from '../imposed.ts';
import { shareAboveZero, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about: 'Slows an agent down: each report is answered with a pause, so that the agent keeps a part of its own pace.',
  examples: [
    ['resource-manager throttle consilio/auth --rate 0.5', 'half its pace: each answer says how long to pause'],
    ['resource-manager throttle auth --rate 1', 'its own pace again'],
  ],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  answers: ['check'],
  options: [
    { name: 'rate', value: 'RATE', help: 'part of its pace that the agent keeps, above 0 up to 1, like 0.5 or 50%' },
  ],
};

export const run: RunCommand<OpenStore> = (invocation, ports) => {
  const [agent = ''] = invocation.operands;
  const rate = invocation.option('rate', (text) => shareAboveZero('--rate', text));
  if (rate === null)
    throw usageError('throttle needs --rate', `half its own pace: resource-manager throttle ${agent} --rate 0.5`);
  return imposed(invocation, ports, { do: 'throttle', agent: agentName(agent), rate });
};
