import { EXIT } from '../../errors.ts';
import { queueJson } from '../../render/json/json.ts';
import { queueScreen } from '../../render/queue.ts';
import { answer, tellBeside } from '../answer.ts';
import type { CommandSpec, RunCommand } from '../command.ts';

export const spec: CommandSpec = {
  about: 'Lists the requests that wait in the order in which they will be served, each with the reason why it waits.',
  examples: [
    ['resource-manager queue', 'the queue as a table'],
    ['resource-manager queue --json', 'for a script'],
  ],
  operands: [],
  options: [],
};

export const run: RunCommand = async (typed, context) => {
  const store = await context.openStore();
  const snapshot = await store.read();
  tellBeside(typed, context, snapshot.repairs, []);
  answer(typed, context, {
    json: () => queueJson(snapshot),
    text: () => queueScreen(snapshot, context.out.styles, context.out.width),
  });
  return EXIT.ok;
};
