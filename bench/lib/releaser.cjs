'use strict';
/**
 * Holds slots through the library and releases them on a message. Notes the time of the commit: the call of the rename
 * that puts the new slots.yaml in place, on the monotonic clock that all processes share.
 */
const fs = require('node:fs');

const [library, count] = process.argv.slice(2);
let committedAt = 0;
const { renameSync } = fs;
fs.renameSync = (from, to) => {
  // Before the call, since a watcher may run before it returns.
  if (to.endsWith('slots.yaml')) committedAt = Number(process.hrtime.bigint());
  renameSync(from, to);
};

const { openResourceManager } = require(library);
const manager = openResourceManager();

async function hold() {
  for (let held = 0; held < Number(count); held += 1) await manager.request('holder', 1);
  process.send({ holding: Number(count) });
}

process.on('message', async ({ slots }) => {
  await manager.release('holder', { slots });
  process.send({ committedAt });
});
hold();
