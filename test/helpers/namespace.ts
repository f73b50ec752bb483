/** Scripts in namespaces of their own: what looks at the whole machine sees only the script's processes. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, type CommandName, cleanEnvironment, ROOT, temporaryFolder } from './cli.ts';

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
    ROOT,
    NAMES: NAMES.join(' '),
  });
  const words = [...flags.split(' '), '--mount-proc', 'bash', path];
  const { stdout, stderr } = spawnSync('unshare', words, { env, encoding: 'utf8', timeout: 110_000 });
  return { stdout, stderr, dir };
}

/** Group, a member of it who attacks, and a member who works. */
const GROUP = 12000;
export const [MALLORY, VICTIM] = [12001, 12002];

/**
 * Functions for scripts in a shared pool. `as UID COMMAND` runs a command as a member of the group, `start` in the background; `ref PID` is the record
 * of a process; `plant LEASE` adds a lease as anybody in the group could; `alive PID NAME` says whether a process runs.
 */
const SHARED_PRELUDE = `
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /var/lib/app /var/lib/bin /var/lib/home/${MALLORY} /var/lib/home/${VICTIM}
for uid in ${MALLORY} ${VICTIM}; do chown $uid:$uid /var/lib/home/$uid; done
mount --bind "$ROOT" /var/lib/app; touch /var/lib/node; mount --bind "$NODE" /var/lib/node
for name in $NAMES; do printf '#!/bin/sh\nexec /var/lib/node /var/lib/app/bin/%s.cjs "$@"\n' $name > /var/lib/bin/$name; chmod 755 /var/lib/bin/$name; done
export S=/var/lib/resource-manager PATH=/var/lib/bin:/usr/bin:/bin:/usr/sbin:/sbin RESOURCE_MANAGER_DIR=/var/lib/resource-manager
mkdir $S; cp "$D/slots.yaml" "$D/config.yaml" $S; chown -R root:${GROUP} $S; chmod 2775 $S; chmod 664 $S/slots.yaml; chmod 644 $S/config.yaml
M=${MALLORY} V=${VICTIM}
as() { local uid=$1; shift; setpriv --reuid $uid --regid ${GROUP} --clear-groups env HOME=/var/lib/home/$uid S=$S "$@"; }
start() { local uid=$1; shift; setpriv --reuid $uid --regid ${GROUP} --clear-groups env HOME=/var/lib/home/$uid S=$S "$@" & }
ref() { printf '{"pid":%s,"started":%s,"boot":"%s","ns":%s}' $1 "$(cut -d' ' -f22 /proc/$1/stat)" "$(tr -d - < /proc/sys/kernel/random/boot_id | cut -c1-12)" "$(readlink /proc/self/ns/pid | tr -dc 0-9)"; }
plant() { as $M sed -i "s|^leases: \\[\\]|leases:|; s|^leases:.*|&\\n  - $1|" $S/slots.yaml; }
alive() { if grep -q ' [RSDT] ' /proc/$1/stat 2>/dev/null; then echo "$2 alive"; else echo "$2 ended"; fi; }
`;

/** Runs a bash script as root beside a pool of a group, in namespaces of its own. */
export function besideMembers(script: string, options: { readonly config?: string } = {}) {
  return inNamespaces(`${SHARED_PRELUDE}${script}`, options);
}
