import type { OpenStore } from '../../ports/store.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { imposed } from '../imposed.ts';
import { usageError } from '../values.ts';

export const spec: CommandSpec = {
  about: 'Slows an agent down: each report is answered with a pause, so that the agent keeps a part of its own pace.',
  examples: [
    ['resource-manager throttle consilio/auth --rate 0.5', 'half its pace: each answer says how long to pause'],
    ['resource-manager throttle auth --rate 1', 'its own pace again'],
  ],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  answers: ['check'],
  options: [{ name: 'rate', value: 'RATE', help: 'part of its pace that the agent keeps, above 0 up to 1' }],
};

export const run: RunCommand<OpenStore> = (invocation, ports) => {
  const text = invocation.options.get('rate') ?? '';
  const rate = /^\d(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(rate > 0 && rate <= 1)) throw usageError('--rate must be above 0 and at most 1', 'write it like --rate 0.5');
  return imposed(invocation, ports, { do: 'throttle', agent: agentName(invocation.operands[0] as string), rate });
};
