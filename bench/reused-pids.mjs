/**
 * Daemons that start and leave while pids wrap (pid_max 330) and runs are killed, whose ended processes led groups and sessions of
 * the same numbers. No daemon may be touched: it only has a number that once was a run's.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { enterNamespaces } from './lib/namespaces.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const { values } = parseArgs({ options: { canaries: { type: 'string', default: '1000' } } });
await enterNamespaces();
const wanted = Number(values.canaries);
/** Few at once: after the first wrap the kernel gives the 30 numbers from 300 on alone. */
const EACH = 8;
const LEADERS = 8;
const FEW_THREADS = '--v8-pool-size=0';

const workplace = openWorkplace();
const dir = join(workplace.folder, 'state');
workplace.run([workplace.bin('resource-manager'), 'init', '--max', '4', '--per-project', '4'], { dir });
workplace.run([workplace.bin('resource-manager'), 'config', 'set', 'containment', 'ledger'], { dir });
mkdirSync(join(dir, 'ledger'), { recursive: true });
writeFileSync('/proc/sys/kernel/pid_max', '330');
spawnSync('bash', ['-c', 'for fork in $(seq 330); do ( : ); done']);

/** One round; prints how many daemons have a number of the run's dead leaders, and how many are left after its kill. */
const ROUND = `
set -u
cat > "$HOME/work" <<'WORK'
for i in $(seq ${LEADERS}); do setsid sleep 900 & done
# What the monitor records of a run in ten seconds.
for pid in $(jobs -p); do echo "$pid $(cut -d' ' -f22 /proc/$pid/stat)"; done > "$RESOURCE_MANAGER_DIR/ledger/$RESOURCE_MANAGER_MARK"
cut -d' ' -f1 "$RESOURCE_MANAGER_DIR/ledger/$RESOURCE_MANAGER_MARK" > "$HOME/leaders"
kill $(jobs -p); wait
touch "$HOME/ready"; exec sleep 901
WORK
rm -f "$HOME/ready"
"$NODE" "$PROGRAM" run victim -- bash "$HOME/work" & wrapper=$!
until [ -e "$HOME/ready" ]; do sleep 0.02; done
for i in $(seq ${EACH}); do
  setsid bash -c 'exec 3>&-; env -i sleep 902 < /dev/null > /dev/null 2>&1 & exit'
  for fork in 1 2 3; do ( : ); done
done
exposed=0
for stat in /proc/[0-9]*/stat; do
  read -r line < $stat 2>/dev/null || continue
  set -- $line
  case "$2 " in '(sleep) ') grep -qx "$6" "$HOME/leaders" && [ "$(tr '\\0' ' ' < /proc/$1/cmdline)" = 'sleep 902 ' ] && exposed=$((exposed + 1));; esac
done 2>/dev/null
"$NODE" "$KILL" victim -y --grace 200ms > /dev/null; status=$?
alive=0
for pid in /proc/[0-9]*; do
  [ "$(tr '\\0' ' ' < $pid/cmdline)" = 'sleep 902 ' ] || continue
  alive=$((alive + 1)); kill -9 \${pid#/proc/}
done 2>/dev/null
wait $wrapper
echo "$exposed $alive $status"
`;

const total = { canaries: 0, exposed: 0, harmed: 0, kills: 0 };
while (total.canaries < wanted) {
  const env = {
    ...{ PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: dir, NODE: process.execPath },
    NODE_OPTIONS: FEW_THREADS,
    PROGRAM: workplace.bin('resource-manager'),
    KILL: workplace.bin('resource-kill'),
  };
  const { stdout, stderr } = spawnSync('bash', ['-c', ROUND], { env, encoding: 'utf8', timeout: 60_000 });
  const found = /^(\d+) (\d+) 0$/m.exec(stdout);
  if (found === null)
    throw new Error(`a round failed: ${stdout}${stderr}\n${readFileSync(join(dir, 'slots.yaml'), 'utf8')}`);
  total.canaries += EACH;
  total.exposed += Number(found[1]);
  total.harmed += EACH - Number(found[2]);
  total.kills += 1;
}

printTable('daemons beside killed runs, pids below 330', [
  ['daemons', 'with the number of a dead leader', 'runs killed', 'harmed'],
  [total.canaries, total.exposed, total.kills, total.harmed].map(String),
]);
printTarget(`0 of ${total.canaries} daemons harmed`, total.harmed === 0);
process.exitCode = total.harmed === 0 && total.exposed > 0 ? 0 : 1;
