/** One thread of bench/mutated-inputs.mjs: feeds its range of inputs and posts the broken promises. */
import { parentPort, workerData } from 'node:worker_threads';
import { importSource } from './bundle.mjs';

const { folder, range, place } = workerData;
const { feed, feedCommands } = await importSource(
  folder,
  "export { feed, feedCommands } from './test/mutations/feed.ts';",
);
parentPort.postMessage(await (place === null ? feed(range) : feedCommands(range, place)));
