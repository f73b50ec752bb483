/**
 * A temp folder to measure in, with a copy of the built package, so that a rebuild during a run changes nothing under
 * it. Gone at the end, with every process started here, also after an error or a signal.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = ['bin', 'dist', '.resource-manager', 'package.json'];

export function openWorkplace() {
  // Some of them make every start of Node slower: NODE_EXTRA_CA_CERTS doubles it.
  for (const name of Object.keys(process.env)) if (name.startsWith('NODE_')) delete process.env[name];
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

  /** Copies a built package; returns the path of each of its commands. */
  const install = (source, name) => {
    const root = join(folder, name);
    if (!existsSync(join(source, 'dist', 'api.mjs'))) throw new Error(`no build in ${source}: npm run build`);
    // The code cache is filled by each bench's own warm-up, for the Node it runs.
    const filter = (from) => !from.endsWith(join('dist', 'cache'));
    for (const part of PACKAGE) cpSync(join(source, part), join(root, part), { recursive: true, filter });
    return (command) => join(root, 'bin', `${command}.cjs`);
  };
  const bin = install(SOURCE, 'package');
  const library = join(folder, 'package', 'dist', 'api.cjs');
  const environment = (dir) => ({ PATH: process.env.PATH, HOME: folder, RESOURCE_MANAGER_DIR: dir });

  return {
    folder,
    bin,
    /** The commands of another build, to be measured beside ours. */
    peerBin: (source) => install(resolve(source), 'peer'),
    library,
    importApi: () => import(pathToFileURL(library.replace(/cjs$/, 'mjs')).href),
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
