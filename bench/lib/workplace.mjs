/**
 * A temp folder for a bench, with a copy of the built package, so that a rebuild during a run does not affect
 * it. It is removed at the end, with every process started here, also after an error or a signal.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = ['bin', 'dist', '.resource-manager', 'package.json'];

export function openWorkplace() {
  // Some of these variables slow down every start of Node: NODE_EXTRA_CA_CERTS doubles its time.
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
    // The warm-up of each bench fills the code cache for the Node version that it runs.
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
    /** The commands of another build, for comparison. */
    peerBin: (source) => install(resolve(source), 'peer'),
    library,
    importApi: () => import(pathToFileURL(library.replace(/cjs$/, 'mjs')).href),
    /** Runs a command to its end and returns its milliseconds and output; throws if it fails. */
    run(words, { dir, node = process.execPath } = {}) {
      const from = performance.now();
      const { status, stdout, stderr, error } = spawnSync(node, words, { env: environment(dir), encoding: 'utf8' });
      const ms = performance.now() - from;
      if (status !== 0) throw error ?? new Error(`${words.join(' ')} ended with ${status}\n${stderr}`);
      return { ms, stdout };
    },
    /** Starts a command in its own process group, so that its children end with it. */
    start(words, { dir, ...options }) {
      const child = spawn(process.execPath, words, { ...options, env: environment(dir), detached: true });
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    },
  };
}

/** Retries the removal, since a background process of a command, such as a guard, may still write for a moment. */
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
    // The group has already ended.
  }
}
