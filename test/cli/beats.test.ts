/** Holders in containers that share the state hold by their signs of life; a monitor keeps its place by them everywhere. */
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIRST_PID_NAMESPACE } from '../../src/core/model/beat.ts';
import { orElse } from '../../src/errors.ts';
import { aProcess, sandbox } from '../helpers/cli.ts';
import { canUnshare, inNamespaces } from '../helpers/namespace.ts';

/** Runs `inside` in a container until its `ready`; `kill_container` ends it with all that is in it. */
const container = (inside: string): string => `
cat > "$HOME/inside" <<'INSIDE'
${inside}
INSIDE
unshare -pf --kill-child --mount-proc bash "$HOME/inside" & container=$!
kill_container() { kill -9 $container; wait $container 2>/dev/null; }
until_ '[ -e "$HOME/ready" ]'
`;
const HOLDING = container('sleep 600 & request-slots consilio 2 --pid $!; touch "$HOME/ready"; wait');
const RUNNING = container(`
resource-manager run consilio -- sleep 600 &
until grep -q '"root":{' "$D/slots.yaml" && [ $(ls "$D/beats" | wc -l) = 2 ]; do sleep 0.05; done; touch "$HOME/ready"; wait`);
const USED = `resource-status | grep -o '[0-9]*/7 used'`;
/** Makes every beat the last of a promise of one millisecond. */
const SILENCE = `sed -i 's/every=[0-9]*/every=000000000001/' "$D"/beats/*`;

describe.runIf(canUnshare)('a holder in a container', () => {
  it('gives its slots back when it has missed its beats, and doctor says that it holds by them', () => {
    const { stdout } = inNamespaces(`${HOLDING}
cut -d' ' -f1 "$D"/beats/*; resource-manager doctor | grep ' leases: '
kill_container; ${USED}; ${SILENCE}; ${USED}
request-slots odin 7 --pid $$ >/dev/null && ${USED}`);
    expect(stdout).toMatch(
      /every=000004800000\n.*L1 of consilio is held in another pid namespace .* by its signs of life: the last one was \d+ s ago, and its slots come back 240 min after the last\n2\/7 used\n0\/7 used\n7\/7 used\n$/,
    );
  });

  it('keeps its slots without a beat', () => {
    const { stdout } = inNamespaces(`${HOLDING}
rm "$D"/beats/*; kill_container
resource-manager doctor | grep -c 'leases: L1 .*nobody here can see whether its holder lives'; ${USED}`);
    expect(stdout).toMatch(/\n1\n2\/7 used\n$/);
  });

  it('keeps them while any command in its container sees it alive', () => {
    const { stdout } = inNamespaces(`${container(`
sleep 600 & request-slots consilio 2 --pid $!
touch "$HOME/ready"; while [ ! -e "$HOME/go" ]; do sleep 0.05; done
request-slots consilio 1 --detached; touch "$HOME/went"; wait`)}
sed -i 's/at=[0-9]*/at=000000000000000/' "$D"/beats/*; before=$(cat "$D"/beats/*)
touch "$HOME/go"; until_ '[ -e "$HOME/went" ]'; [ "$(cat "$D"/beats/*)" != "$before" ] && echo beaten; ${USED}`);
    expect(stdout).toMatch(/beaten\n3\/7 used\n$/);
  });

  it('keeps them while its hooks have nothing to do', () => {
    const { stdout } = inNamespaces(`${container(`
sleep 600 & request-slots consilio 2 --pid $!
sed -i 's/at=[0-9]*/at=000000000000000/' "$D"/beats/*; touch -d '2 hours ago' "$D"/beats/*; before=$(cat "$D"/beats/*)
look() { echo '{"hook_event_name":"PreToolUse","session_id":"s","tool_name":"Bash","tool_input":{}}' | resource-manager hook pre-tool-use; }
look; [ "$(cat "$D"/beats/*)" != "$before" ] && echo beaten
before=$(cat "$D"/beats/*); look; [ "$(cat "$D"/beats/*)" = "$before" ] && echo recent; touch "$HOME/ready"; wait`)}
ls "$D"/beats | wc -l`);
    expect(stdout).toMatch(/beaten\nrecent\n1\n$/);
  });

  it('that runs a command beats for both of its processes every 30 seconds', () => {
    const { stdout } = inNamespaces(`${RUNNING}
cut -d' ' -f1 "$D"/beats/*; first=$(cat "$D"/beats/* | sort)
until_ '[ $(cat "$D"/beats/* | sort | comm -13 <(echo "$first") - | wc -l) = 2 ]'; echo again
kill_container; ${USED}; ${SILENCE}; ${USED}; resource-manager reap --dry-run`);
    expect(stdout).toBe('every=000000030000\nevery=000000030000\nagain\n1/7 used\n0/7 used\nNothing is left behind.\n');
  });

  it('that waits leaves the queue when it has missed its beats', () => {
    const { stdout } = inNamespaces(`
request-slots consilio 6 --pid $$ >/dev/null
${container(`
sleep 600 & holder=$!
request-slots odin 5 --wait --pid $holder &
until grep -q '"waiter":{' "$D/slots.yaml" && [ $(ls "$D/beats" | wc -l) = 3 ]; do sleep 0.05; done; touch "$HOME/ready"; wait`)}
kill_container; ${SILENCE}
request-slots hera 1 --pid $$ | grep -o 'Granted 1 slot'`);
    expect(stdout).toContain('Granted 1 slot');
  });

  it('writes no beat where everybody can see it', () => {
    if (orElse(() => readlinkSync('/proc/self/ns/pid'), '') !== `pid:[${FIRST_PID_NAMESPACE}]`) return;
    const box = sandbox();
    expect(box.run('request-slots', ['consilio', '1', '--pid', String(aProcess().pid)]).status).toBe(0);
    expect(existsSync(join(box.dir, 'beats'))).toBe(false);
  });
});

const MONITOR = `
resource-manager monitor --interval 200ms --no-kill > "$HOME/said" 2>&1 & monitor=$!
until_ 'ls "$D"/beats/$monitor.* 2>/dev/null && grep -q "^  sampled_at: .*20" "$D/slots.yaml"' >/dev/null
`;
const ONCE = 'resource-manager monitor --once --no-kill >/dev/null 2>&1; echo "once $?"';

describe.runIf(canUnshare)('the place of a monitor', () => {
  it('is kept by its beats', () => {
    const { stdout } = inNamespaces(`${MONITOR}
cut -d' ' -f1 "$D"/beats/$monitor.*; ${ONCE}; kill $monitor; wait $monitor; echo "ended $?"; ${ONCE}`);
    expect(stdout).toBe('every=000000005000\nonce 75\nended 0\nonce 0\n');
  });

  it('is taken from a stopped one, which ends when it goes on and acts no more', () => {
    const { stdout } = inNamespaces(`${MONITOR}
kill -STOP $monitor; ${ONCE}; ${SILENCE}
resource-manager monitor --interval 200ms --no-kill >/dev/null 2>&1 & second=$!
until_ 'grep -q "^monitor: .*\\"pid\\":$second" "$D/slots.yaml"'
kill -CONT $monitor; wait $monitor; echo "first $?"; tail -2 "$HOME/said"
grep -o '^monitor: {"pid":[0-9]*' "$D/slots.yaml" | grep -c ":$second"; kill -9 $second`);
    expect(stdout).toMatch(
      /^once 75\nfirst 75\nerror: this monitor was stopped for a while, and process \d+ has taken its place\nhint: .*\n1\n$/,
    );
  });

  it('is taken again by a monitor whose record is gone', () => {
    const { stdout } = inNamespaces(`${MONITOR}
sed -i '/^monitor: /d' "$D/slots.yaml"; until_ 'grep -q "^monitor: .*\\"pid\\":$monitor" "$D/slots.yaml"'; echo taken; kill $monitor`);
    expect(stdout).toBe('taken\n');
  });
});
