import { EXIT, InternalError } from '../../errors.ts';
import { slotsJson } from '../../render/json.ts';
import { cancelledText } from '../../render/outcome.ts';
import { refusalError } from '../../render/refusal.ts';
import { answer, tellBeside } from '../answer.ts';
import type { CommandSpec, Run } from '../command.ts';

export const spec: CommandSpec = {
  name: 'cancel',
  summary: 'take requests out of the queue',
  examples: [
    ['resource-manager cancel T9', 'one ticket'],
    ['resource-manager cancel odin', 'all that a project has in the queue'],
  ],
  operands: [
    { name: 'TICKET|PROJECT', required: true, variadic: true, help: 'tickets, or projects for all of theirs' },
  ],
  options: [],
};

export const run: Run = async (typed, context) => {
  const store = await context.openStore();
  const committed = await store.transact({ kind: 'cancel', targets: typed.operands });
  const { outcome, state } = committed;
  if (outcome.kind === 'refused') throw refusalError(outcome.refusal);
  if (outcome.kind !== 'cancelled')
    throw new InternalError('cancel-outcome-c3a8', `a cancellation ended as ${outcome.kind}`);
  tellBeside(typed, context, committed.repairs, committed.events);
  answer(
    typed,
    context,
    () => ({
      schema_version: 1,
      outcome: 'cancelled',
      cancelled: outcome.cancelled.map(({ ticket, project, slots }) => ({ ticket, project, slots })),
      slots: slotsJson(state),
    }),
    () => cancelledText(outcome.cancelled, context.out.styles),
  );
  return EXIT.ok;
};
