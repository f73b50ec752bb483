/** Prepares a fresh clone: installs the exact dependencies if they are missing, then builds. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function modified(file) {
  try {
    return statSync(join(root, file)).mtimeMs;
  } catch {
    return 0;
  }
}

function run(command, args) {
  // Standard output belongs to the command that follows.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  // `npm ci` refuses a lock file without packages of other platforms, which some registries lack.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund']);
}
run(process.execPath, [join('scripts', 'build.mjs')]);
