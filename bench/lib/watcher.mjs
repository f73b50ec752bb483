/** The peer of a waiter: watches the folder and prints a line when slots.yaml changes. */
import { watch } from 'node:fs';

// A new watch for each commit, so that no earlier event counts for it.
process.stdin.on('data', () => {
  const watcher = watch(process.env.RESOURCE_MANAGER_DIR, (_event, name) => {
    if (name !== 'slots.yaml') return;
    process.stdout.write('changed\n');
    watcher.close();
  });
  process.stdout.write('armed\n');
});
