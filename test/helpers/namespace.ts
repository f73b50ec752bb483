/** Scripts in namespaces of their own: what looks at the whole machine sees only the script's processes. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, type CommandName, cleanEnvironment, temporaryFolder } from './cli.ts';

const NAMES: readonly CommandName[] = [
  ...(['request-slots', 'release-slots', 'resource-status', 'resource-kill', 'report-usage'] as const),
  'resource-manager',
];

/** Functions for scripts: `until COMMAND` repeats a command for at most a minute. */
const PRELUDE = `
until_() { local left=1200; until eval "$1"; do left=$((left - 1)); [ $left -gt 0 ] || { echo "never: $1"; exit 99; }; sleep 0.05; done; }
`;

export const canUnshare = process.platform === 'linux' && process.geteuid?.() === 0;

/** Runs a bash script in new pid and mount namespaces, with the commands in its PATH and a state of its own in $D. */
export function inNamespaces(script: string, { config = '', flags = '-pfm' } = {}) {
  const folder = temporaryFolder();
  const [dir, bin] = [join(folder, 'state'), join(folder, 'bin')];
  for (const path of [bin, dir]) mkdirSync(path);
  writeFileSync(join(dir, 'slots.yaml'), 'version: 1\nmax_slots: 7\nslot_allocation: {}\nleases: []\nqueue: []\n');
  writeFileSync(join(dir, 'config.yaml'), `max_per_project: 7\nslot_memory: 0\n${config}`);
  for (const name of NAMES) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${binary(name)}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const path = join(folder, 'script.sh');
  writeFileSync(path, `${PRELUDE}${script}`);
  const env = cleanEnvironment({
    ...{ HOME: folder, PATH: `${bin}:/usr/bin:/bin:/usr/sbin:/sbin`, RESOURCE_MANAGER_DIR: dir, D: dir },
    NODE: process.execPath,
  });
  const words = [...flags.split(' '), '--mount-proc', 'bash', path];
  const { stdout, stderr } = spawnSync('unshare', words, { env, encoding: 'utf8', timeout: 110_000 });
  return { stdout, stderr, dir };
}
