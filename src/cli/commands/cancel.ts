import { outcomeOf } from '../../app/outcome.ts';
import { EXIT } from '../../errors.ts';
import type { OpenStore } from '../../ports/store.ts';
import { cancelledJson } from '../../render/json/json.ts';
import { cancelledText } from '../../render/outcome.ts';
import type { CommandSpec, RunCommand } from '../command.ts';

export const spec: CommandSpec = {
  about: 'Takes requests out of the queue: single tickets, or all tickets of a project.',
  examples: [
    ['resource-manager cancel T9', 'one ticket'],
    ['resource-manager cancel odin', 'all that a project has in the queue'],
  ],
  operands: [
    { name: 'TICKET|PROJECT', required: true, variadic: true, help: 'a ticket, or a project for all of its tickets' },
  ],
  options: [{ name: 'dry-run', short: 'n', help: 'print what would be cancelled, and change nothing' }],
};

export const run: RunCommand<OpenStore> = async (invocation, ports) => {
  const store = await ports.openStore();
  const isDryRun = invocation.has('dry-run');
  const command = { kind: 'cancel', targets: invocation.operands } as const;
  const committed = await (isDryRun ? store.plan(command) : store.transact(command));
  const outcome = outcomeOf(committed, 'cancelled', 'cancel-outcome-c3a8');
  invocation.noteBeside(committed);
  invocation.answer({
    json: () => cancelledJson(outcome, isDryRun, committed.state),
    text: () => cancelledText(outcome, isDryRun, invocation.out.styles),
  });
  return EXIT.ok;
};
