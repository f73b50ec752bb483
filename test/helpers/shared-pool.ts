/** Scripts in a machine of their own with a pool for several users: 12001, 12002 and 12003 of the group `agents`, and root. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './cli.ts';
import { inNamespaces } from './namespace.ts';

/** The folder of the pool, in the script's own mount namespace. */
export const POOL = '/var/lib/resource-manager';

/** Users and an empty /var/lib; `as N COMMAND …` runs a command as user 1200N, with a home of that user's own in $T/hN. */
const MACHINE = `
unset RESOURCE_MANAGER_DIR; cp -a /etc "$T/etc"; mount --bind "$T/etc" /etc; mount -t tmpfs -o mode=755 none /var/lib
echo 'agents:x:12100:' >> /etc/group
for n in 1 2 3; do mkdir "$T/h$n"; chown "1200$n" "$T/h$n"; chmod 700 "$T/h$n"; done
as() { local n=$1; shift; HOME="$T/h$n" setpriv --reuid "1200$n" --regid "1200$n" --groups 12100 -- "$@"; }
S=${POOL}
`;

/** Runs a bash script with such users and, unless \`init\` says otherwise, a pool of the group \`agents\`. */
export function inSharedPool(
  script: string,
  init = 'resource-manager init --system --group agents --max 7 > /dev/null',
) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 't'));
  for (const path of [folder, join(folder, 't')]) chmodSync(path, 0o711);
  const { stdout, stderr, dir } = inNamespaces(
    `chmod 711 "$(dirname "$D")"; T=${folder}/t\n${MACHINE}${init}\n${script}`,
  );
  return { stdout, stderr, lines: stdout.trimEnd().split('\n'), place: dirname(dir), folder: join(folder, 't') };
}
