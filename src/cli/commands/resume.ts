import type { OpenStore } from '../../ports/store.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { imposed } from '../imposed.ts';

export const spec: CommandSpec = {
  about: 'Lifts throttle and stop from an agent. Its budget still applies.',
  examples: [['resource-manager resume consilio/auth', 'the agent goes on, as far as its budget allows']],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  answers: ['check'],
  options: [],
};

export const run: RunCommand<OpenStore> = (invocation, ports) =>
  imposed(invocation, ports, { do: 'resume', agent: agentName(invocation.operands[0] as string) });
