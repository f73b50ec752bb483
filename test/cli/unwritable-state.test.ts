/** Processes are ended although the state cannot be written: at once, on its last good content, and it is said. */
import { describe, expect, it } from 'vitest';
import { canUnshare, inNamespaces } from '../helpers/namespace.ts';

const FULL = 'head -c 9M /dev/zero > "$D/fill" 2>/dev/null; true';
const READ_ONLY = 'mount -o remount,ro,bind "$D"';
const BEGIN = `
mount -t tmpfs -o size=2M,mode=755 none "$D"; mount --bind "$D" "$D"
printf 'version: 1\\nmax_slots: 7\\nslot_allocation: {}\\nleases: []\\nqueue: []\\n' > "$D/slots.yaml"
printf '%b\\n' "$CONFIG" > "$D/config.yaml"
# Large enough to be worth ending.
resource-manager run odin -- "$NODE" -e 'globalThis.kept = Buffer.alloc(8e7, 1); setTimeout(() => {}, 6e5)' & wrapper=$!
until_ 'grep -q "\\"root\\":{" "$D/slots.yaml"'
agent=$(grep -o '"root":{"pid":[0-9]*' "$D/slots.yaml" | grep -o '[0-9]*$')
`;
const GONE = "until_ '! kill -0 $agent 2>/dev/null'; echo ended";

const FOREIGN = 'chown 12002 "$D"; chmod 711 "$HOME"; chmod 755 "$D"';
const AS_OTHER = 'setpriv --reuid 12001 --regid 12001 --clear-groups';

const run = (script: string, config = 'max_per_project: 7') =>
  inNamespaces(`CONFIG=${JSON.stringify(config)}\n${BEGIN}${script}`);

describe.runIf(canUnshare).each([
  ['on a full disk', FULL],
  ['in a read-only folder', READ_ONLY],
])('%s', (_where, spoil) => {
  it('resource-kill ends the processes, says what is not recorded, and exits with 74 or 77', () => {
    const { stdout, stderr } = run(`${spoil}\nresource-kill odin --yes; echo "status $?"; ${GONE}`);
    expect(stdout).toMatch(/1 agent terminated[\s\S]*status 7[47]\nended\n/);
    expect(stderr).toMatch(/error: the kill is done, but not recorded: cannot .*\nhint: /);
  });

  it('the guard ends the command of a killed wrapper', () => {
    const { stdout } = run(`${spoil}\nkill -9 $wrapper; ${GONE}`);
    expect(stdout).toContain('ended');
  });

  it('the monitor starts, goes on, and ends an agent when memory runs out', () => {
    const config = 'max_per_project: 7\\nslot_memory: 0\\nmonitor: { critical_memory_percent: 1, grace: 200ms }';
    const limits = 'sed -i "s/^max_slots.*/&\\nvm_limits: { max_memory_percent: 1 }/" "$D/slots.yaml"';
    const { stdout } = run(
      `${limits}\n${spoil}\nresource-manager monitor --interval 200ms > /tmp/$$.out 2>&1 & monitor=$!
${GONE}; kill $monitor; wait $monitor; cat /tmp/$$.out; rm -f /tmp/$$.out`,
      config,
    );
    expect(stdout).toMatch(/^ended$/m);
    expect(stdout).toMatch(/trouble: cannot .*; the monitor acts all the same, on the last good state/);
    expect(stdout).toMatch(/ended 1 process of L1 of odin|ended L1 of odin/);
  });
});

describe.runIf(canUnshare)('doctor', () => {
  it.each([
    ['a full disk', `${FULL}; rm -f "$D/x"`, '', 'the disk is full'],
    ['a read-only folder', READ_ONLY, '', 'the file system is read-only'],
    ['the folder of another user', FOREIGN, AS_OTHER, 'permission denied \\(the folder belongs to user 12002\\)'],
  ])('finds %s, and exits with 1', (_where, spoil, as, words) => {
    const { stdout } = run(`${spoil}\n${as} resource-manager doctor; echo "status $?"`);
    expect(stdout).toMatch(
      new RegExp(`folder: cannot write to .*: ${words}: nothing is granted or recorded\\n +fix: .`),
    );
    expect(stdout).toMatch(/status 1\n/);
  });

  it('warns before the disk is full, and leaves nothing behind', () => {
    const { stdout } = run(
      'before=$(ls -A "$D"); resource-manager doctor; [ "$(ls -A "$D")" = "$before" ] && echo same',
    );
    expect(stdout).toMatch(/folder: the disk of the state has only [01] MiB left/);
    expect(stdout).toMatch(/same\n$/);
  });
});

describe.runIf(canUnshare).each([
  [
    'a damaged state',
    `echo '{{{' >> "$D/slots.yaml"`,
    /slots.yaml.*; its last good revision counts \(slots.yaml.bak\)/,
  ],
  ['a pipe in the place of the state', `rm "$D/slots.yaml"; mkfifo "$D/slots.yaml"`, /its last good revision counts/],
  ['a state that is gone', `rm "$D/slots.yaml"`, /its last good revision counts/],
  ['a damaged configuration', `echo 'max_per_project: [' > "$D/config.yaml"`, /config.yaml.*; the defaults count/],
])('with %s', (_what, spoil, said) => {
  it('resource-kill ends the processes, says what it went by, and exits with the code of the damage', () => {
    const { stdout, stderr } = run(`${spoil}\nresource-kill odin --yes; echo "status $?"; ${GONE}`);
    expect(stdout).toMatch(/1 agent terminated[\s\S]*status (?:65|74)\nended\n/);
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/error: the kill is done, but not recorded: /);
  });

  it('the guard ends the command of a killed wrapper', () => {
    expect(run(`${spoil}\nkill -9 $wrapper; ${GONE}`).stdout).toContain('ended');
  });

  it('a monitor starts, says so once, and works on when the damage is mended', () => {
    const { stdout } = run(`cp "$D/slots.yaml" /tmp/$$.slots; cp "$D/config.yaml" /tmp/$$.config; ${spoil}
resource-manager monitor --interval 200ms --no-kill > /tmp/$$.out 2>&1 & monitor=$!
until_ 'grep -q "^.* trouble: .* count" /tmp/$$.out'; rm -f "$D/slots.yaml"
mv /tmp/$$.config "$D/config.yaml"; mv /tmp/$$.slots "$D/slots.yaml"
until_ 'grep -q "^monitor: " "$D/slots.yaml"'; kill $monitor; wait $monitor; echo "status $?"; grep -c ' count' /tmp/$$.out; rm -f /tmp/$$.*`);
    expect(stdout).toMatch(/status 0\n[12]\n$/);
  });
});
