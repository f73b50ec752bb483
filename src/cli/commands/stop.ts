import { STOPPED_BY_HAND } from '../../core/model/budget.ts';
import type { OpenStore } from '../../ports/store.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { imposed } from '../imposed.ts';
import { reasonText } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Tells an agent to stop: check answers stop, and reservations are refused. No process is ended. resume lifts it.',
  examples: [
    [
      'resource-manager stop consilio/auth --reason "wrong branch"',
      'stopped until: resource-manager resume consilio/auth',
    ],
  ],
  operands: [{ name: 'AGENT', required: true, help: 'PROJECT/NAME or a bare name' }],
  answers: ['check'],
  options: [{ name: 'reason', value: 'TEXT', help: 'reason; the agent sees it' }],
};

export const run: RunCommand<OpenStore> = (invocation, ports) => {
  const reason = invocation.option('reason', reasonText) ?? STOPPED_BY_HAND;
  return imposed(invocation, ports, { do: 'stop', agent: agentName(invocation.operands[0] as string), reason });
};
