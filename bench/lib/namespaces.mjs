/** Pid and mount namespaces of a bench's own: what it mounts, ends or finds on the machine is its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const ENTERED = 'BENCH_IN_NAMESPACES';
const UNIFIED = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) => existsSync(join(path, 'cgroup.procs')));

const canEnter = process.platform === 'linux' && process.geteuid?.() === 0;

/**
 * Runs this bench again in new namespaces and exits with its code; returns at once inside them. With `cgroup`, all cgroups that
 * the bench sees at /sys/fs/cgroup are below one of its own. Needs root on Linux.
 */
export async function enterNamespaces({ cgroup = false } = {}) {
  if (process.env[ENTERED] !== undefined) return;
  if (!canEnter) {
    console.error('this bench needs root on Linux, for namespaces of its own');
    process.exit(77);
  }
  const group = cgroup && UNIFIED !== undefined ? join(UNIFIED, `bench-${process.pid}-${Date.now()}`) : null;
  if (group !== null) mkdirSync(group);
  const join_ = group === null ? '' : `echo $$ > '${group}/cgroup.procs'; `;
  // Process 1 is a shell, because it takes over processes whose parents have ended.
  const inside = `exec unshare ${group === null ? '' : '-C '}-pfm --mount-proc --kill-child bash -c '"$@"; exit $?' bash "$@"`;
  const bench = [process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [ENTERED]: group === null ? 'plain' : 'cgroup' };
  const child = spawn('bash', ['-c', join_ + inside, 'bash', ...bench], { env, stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill('SIGTERM'));
  const [status] = await once(child, 'exit');
  if (group !== null) removeGroup(group);
  process.exit(status ?? 1);
}

function removeGroup(group) {
  for (const { name } of readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    removeGroup(join(group, name));
  for (let triesLeft = 50; ; triesLeft -= 1)
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
}

/** Mounts something until this process ends; throws if that fails. */
export function mount(...words) {
  const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`);
  process.prependOnceListener('exit', () => spawnSync('umount', ['--lazy', words.at(-1)]));
}

/** Mounts an empty file system of so many MiB. */
export const mountFileSystem = (folder, mib, mode = '0755') =>
  mount('-t', 'tmpfs', '-o', `size=${mib}m,mode=${mode}`, 'bench', folder);

/** Mounts the cgroups of this bench alone over those of the machine. */
export function mountOwnCgroups() {
  if (process.env[ENTERED] !== 'cgroup') return;
  mount('-t', 'tmpfs', 'bench', '/sys/fs/cgroup');
  mount('-t', 'cgroup2', 'bench', '/sys/fs/cgroup');
}
