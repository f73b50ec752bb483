import { EXIT } from '../../errors.ts';
import type { OpenStore } from '../../ports/store.ts';
import { queueJson } from '../../render/json/json.ts';
import { queueScreen } from '../../render/queue.ts';
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

export const run: RunCommand<OpenStore> = async (invocation, ports) => {
  const store = await ports.openStore();
  const snapshot = await store.read();
  invocation.noteBeside(snapshot);
  invocation.answer({
    json: () => queueJson(snapshot),
    text: () => queueScreen(snapshot, invocation.out.styles, invocation.out.width),
  });
  return EXIT.ok;
};
