/** The peer of a waiter: a process that only watches the folder and prints a line when slots.yaml changes. */
import { watch } from 'node:fs';

// A new watch for each commit: no event of an earlier one can be taken for it.
process.stdin.on('data', () => {
  const watcher = watch(process.env.RESOURCE_MANAGER_DIR, (_event, name) => {
    if (name !== 'slots.yaml') return;
    process.stdout.write('changed\n');
    watcher.close();
  });
  process.stdout.write('armed\n');
});
