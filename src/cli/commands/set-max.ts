import { outcomeOf } from '../../app/outcome.ts';
import { EXIT } from '../../errors.ts';
import type { OpenStore } from '../../ports/store.ts';
import { setMaxJson } from '../../render/json/json.ts';
import { maxSetText } from '../../render/outcome.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { count } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Sets the size of the pool. Requests that now fit are granted at once. A smaller pool ends no lease: it takes effect as leases end.',
  examples: [
    ['set-max 30', 'thirty slots; waiting requests that now fit are granted'],
    ['set-max 0', 'pause: no new slots are granted, requests queue'],
  ],
  operands: [{ name: 'N', required: true, help: 'slots in all; 0 pauses the pool' }],
  options: [],
};

export const run: RunCommand<OpenStore> = async (invocation, ports) => {
  const slots = count('N', invocation.operands[0] as string, 0);
  const store = await ports.openStore();
  const committed = await store.transact({ kind: 'set-max', slots });
  const outcome = outcomeOf(committed, 'max-set', 'set-max-outcome-60aa');
  const { state } = committed;
  invocation.noteBeside(committed);
  invocation.answer({
    json: () => setMaxJson(outcome, state),
    text: () => maxSetText(outcome, state, invocation.out.styles),
  });
  return EXIT.ok;
};
