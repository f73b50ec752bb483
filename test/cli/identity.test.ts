/** Nothing is taken for dead, abandoned or ended that is not: other time namespaces, runs that start meanwhile, processes out of reach. */
import { describe, expect, it } from 'vitest';
import { canUnshare, inNamespaces } from '../helpers/namespace.ts';

const RUN = `
resource-manager run odin -- sleep 600 & wrapper=$!
until_ 'grep -q "\\"root\\":{" "$D/slots.yaml"'
agent=$(grep -o '"root":{"pid":[0-9]*' "$D/slots.yaml" | grep -o '[0-9]*$')
`;
const USED = `resource-status | grep -o '[0-9]*/7 used'`;

describe.runIf(canUnshare)('a process', () => {
  it.each([86_400, -1_000])('is the same from a time namespace that is %d seconds ahead', (seconds) => {
    const away = `unshare -T --boottime ${seconds} -f`;
    const { stdout } = inNamespaces(`
sleep 600 & live=$!
${away} request-slots tn 2 --pid $live
${USED}; ${away} ${USED}
${RUN}
${away} resource-manager reap --yes; kill -0 $agent && echo alive; ${USED}`);
    expect(stdout).toMatch(/2\/7 used\n2\/7 used\n[\s\S]*Nothing is left behind.\nalive\n3\/7 used/);
  });

  it('that resource-kill spares because it runs it keeps its slot, and the exit code says so', () => {
    // A run that is killed before its process is recorded is ended by its wrapper.
    const { stdout } = inNamespaces(`
cat > "$HOME/inside" <<'INSIDE'
until grep -q '"root":{' "$D/slots.yaml"; do sleep 0.05; done
resource-kill odin --yes; echo "status $?"; ${USED}
INSIDE
resource-manager run odin -- timeout 60 bash "$HOME/inside"`);
    expect(stdout).toMatch(/0 slots released\n +1 slot kept by processes that run on\n[\s\S]*status 1\n1\/7 used/);
  });

  it('below process 2 of a container is no kernel thread, and is ended', () => {
    const { stdout } = inNamespaces(`${RUN}
echo "parent $wrapper"; resource-kill odin --yes; echo "status $?"; ${USED}`);
    expect(stdout).toMatch(/parent 2\n[\s\S]*1 agent terminated[\s\S]*status 0\n0\/7 used/);
  });

  it('of a unit that took over the environment of a run is none of its processes', () => {
    const { stdout } = inNamespaces(`
cat > "$HOME/work" <<'WORK'
setsid sleep 611 & echo "$! $$" > "$HOME/$1.new"; env | grep ^RESOURCE_MANAGER_ > "$HOME/env"; mv "$HOME/$1.new" "$HOME/$1"; exec sleep 612
WORK
env -u SYSTEMD_EXEC_PID resource-manager run odin -- bash "$HOME/work" own &
until_ '[ -s "$HOME/own" ] && grep -q "\\"root\\":{" "$D/slots.yaml"'
(exec setsid env $(cat "$HOME/env") bash -c 'SYSTEMD_EXEC_PID=$$ exec bash "$HOME/work" unit') &
until_ '[ -s "$HOME/unit" ]'
resource-kill odin --yes >/dev/null; echo "status $?"
for pid in $(cat "$HOME/own" "$HOME/unit"); do grep -q '(sleep) S' /proc/$pid/stat && echo alive || echo ended; done`);
    expect(stdout).toBe('status 0\nended\nended\nalive\nalive\n');
  });

  it('of another user keeps its slot when resource-kill cannot end it', () => {
    const { stdout } = inNamespaces(`
chmod 711 "$HOME"; chmod -R a+rwX "$D"
${RUN}
chmod -R a+rwX "$D"
setpriv --reuid 12001 --regid 12001 --clear-groups resource-kill odin --yes; echo "status $?"
kill -0 $agent && echo alive; ${USED}`);
    expect(stdout).toMatch(/L1 is left alone and keeps 1 slot: no user has recorded[\s\S]*status 1\nalive\n1\/7 used/);
  });
});
