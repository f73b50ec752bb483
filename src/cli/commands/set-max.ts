import { EXIT, InternalError } from '../../errors.ts';
import { setMaxJson } from '../../render/json/json.ts';
import { maxSetText } from '../../render/outcome.ts';
import { answer, tellBeside } from '../answer.ts';
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

export const run: RunCommand = async (typed, context) => {
  const slots = count('N', typed.operands[0] as string, 0);
  const store = await context.openStore();
  const committed = await store.transact({ kind: 'set-max', slots });
  const { outcome, state } = committed;
  if (outcome.kind !== 'max-set') throw new InternalError('set-max-outcome-60aa', `set-max ended as ${outcome.kind}`);
  tellBeside(typed, context, committed.repairs, committed.events);
  const { previous, canProceed } = outcome;
  answer(typed, context, {
    json: () => setMaxJson(previous, canProceed, state),
    text: () => maxSetText(previous, canProceed, state, context.out.styles),
  });
  return EXIT.ok;
};
