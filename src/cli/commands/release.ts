import { outcomeOf } from '../../app/outcome.ts';
import { EXIT } from '../../errors.ts';
import type { Host, ProcessEnvironment } from '../../ports/host.ts';
import type { OpenStore } from '../../ports/store.ts';
import { releaseJson } from '../../render/json/json.ts';
import { releasedText } from '../../render/outcome.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { callingProcess } from '../holder.ts';
import { count, project, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Gives slots back. Without N or an option it gives back all slots of the calling process. Requests that now fit are granted at once.',
  examples: [
    ['release-slots consilio 2', 'two slots, the calling process’s own leases first, then the newest'],
    ['release-slots consilio', 'all slots of the calling process'],
    ['release-slots consilio --lease L7', 'one lease'],
    ['release-slots consilio --all', 'every lease of the project'],
  ],
  operands: [
    { name: 'PROJECT', required: true, help: 'project that gives slots back' },
    { name: 'N', required: false, help: 'number of slots (default: all slots of the calling process)' },
  ],
  exits: [[64, 'the project holds fewer slots than N; nothing was changed']],
  options: [
    { name: 'lease', value: 'ID', help: 'give back from this lease only' },
    { name: 'all', help: 'give back every lease of the project, of all holders' },
  ],
};

export const run: RunCommand<OpenStore & Host & ProcessEnvironment> = async (invocation, ports) => {
  const name = project(invocation.operands[0] as string);
  const [, typedCount] = invocation.operands;
  const slots = typedCount === undefined ? null : count('N', typedCount);
  const lease = invocation.option('lease', (id) => id);
  const all = invocation.has('all');
  if (all && (slots !== null || lease !== null))
    throw usageError('--all goes with neither a number nor --lease', 'leave one of them out');

  const needsCaller = !all && lease === null;
  const caller = needsCaller ? callingProcess(ports) : null;
  const store = await ports.openStore();
  const committed = await store.transact({ kind: 'release', project: name, slots, lease, all, caller });
  const { released } = outcomeOf(committed, 'released', 'release-outcome-5e10');
  invocation.noteBeside(committed);
  invocation.answer({
    json: () => releaseJson(name, released, committed),
    text: () => releasedText(name, released, committed.state, invocation.out.styles),
  });
  return EXIT.ok;
};
