/**
 * A temp folder to measure in, with a copy of the built package, so that a rebuild during a run changes nothing under
 * it. Gone at the end, with every process started here, also after an error or a signal.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = ['bin', 'dist', '.resource-manager', 'package.json'];

export function openWorkplace() {
  if (!existsSync(join(SOURCE, 'dist', 'api.mjs'))) throw new Error('dist/ is missing: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'agent-resource-manager-bench-'));
  const running = new Set();
  process.once('exit', () => {
    for (const child of running) endGroup(child);
    remove(folder);
  });
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ])
    process.once(signal, () => process.exit(128 + number));

  const root = join(folder, 'package');
  for (const name of PACKAGE) {
    // The code cache is filled by each bench's own warm-up, for the Node it runs.
    const filter = (from) => !from.endsWith(join('dist', 'cache'));
    cpSync(join(SOURCE, name), join(root, name), { recursive: true, filter });
  }
  const environment = (dir) => ({ PATH: process.env.PATH, HOME: folder, RESOURCE_MANAGER_DIR: dir });

  return {
    folder,
    bin: (command) => join(root, 'bin', `${command}.cjs`),
    library: join(root, 'dist', 'api.cjs'),
    importApi: () => import(pathToFileURL(join(root, 'dist', 'api.mjs')).href),
    /** Runs to the end; throws when it fails. Returns its milliseconds and its output. */
    run(words, { dir, node = process.execPath } = {}) {
      const from = performance.now();
      const { status, stdout, stderr, error } = spawnSync(node, words, { env: environment(dir), encoding: 'utf8' });
      const ms = performance.now() - from;
      if (status !== 0) throw error ?? new Error(`${words.join(' ')} ended with ${status}\n${stderr}`);
      return { ms, stdout };
    },
    /** Starts one, in a process group of its own, so that what it starts in turn ends with it. */
    start(words, { dir, ...options }) {
      const child = spawn(process.execPath, words, { ...options, env: environment(dir), detached: true });
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    },
  };
}

/** What a command leaves to others (a guard that ends a tree) may still write for a moment. */
function remove(folder) {
  for (let triesLeft = 50; ; triesLeft -= 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

function endGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
