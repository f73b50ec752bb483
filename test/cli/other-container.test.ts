/** What is left by a container that was killed, seen from another one: unknown, never alive, and never another's pid. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandName } from '../helpers/cli.ts';
import { binary, cleanEnvironment, temporaryFolder } from '../helpers/cli.ts';

function place(config = '') {
  const folder = temporaryFolder();
  const dir = join(folder, 'state');
  const bin = join(folder, 'bin');
  for (const path of [bin, dir]) mkdirSync(path);
  writeFileSync(join(dir, 'slots.yaml'), 'version: 1\nmax_slots: 7\nslot_allocation: {}\nleases: []\nqueue: []\n');
  writeFileSync(join(dir, 'config.yaml'), `max_per_project: 7\nslot_memory: 0\n${config}`);
  const names: readonly CommandName[] = [
    'request-slots',
    'release-slots',
    'resource-status',
    'resource-kill',
    'resource-manager',
  ];
  for (const name of names) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${binary(name)}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = cleanEnvironment({ HOME: folder, PATH: `${bin}:/usr/bin:/bin`, RESOURCE_MANAGER_DIR: dir });
  /** Runs a script as process 1 of a new pid namespace, which ends with it. */
  const inContainer = (script: string) => {
    const path = join(folder, 'script.sh');
    writeFileSync(path, script);
    const { stdout, stderr } = spawnSync('unshare', ['-pf', '--mount-proc', 'bash', path], {
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return `${stdout}${stderr}`;
  };
  /** Runs a script that kills its container. The kernel may give its number to the next one, so the state gets another. */
  const leave = (script: string): void => {
    inContainer(script);
    writeFileSync(join(dir, 'slots.yaml'), slots().replaceAll(/"ns":\d+/g, '"ns":1'));
  };
  const slots = (): string => readFileSync(join(dir, 'slots.yaml'), 'utf8');
  return { dir, inContainer, leave, slots };
}

const HOLD = 'sleep 600 & request-slots consilio 5 --pid $!; kill -9 $$';
const HOLDER = /"holder":\{"pid":(\d+),/;
const fixIn = (text: string): string =>
  /(?:fix|hint): .*if that (?:container )?is gone: (.*)/.exec(text)?.[1] ?? 'false';

describe.runIf(process.platform === 'linux' && process.geteuid?.() === 0)('a container that was killed', () => {
  it('has its slots named as unknown by doctor, with the command that gives them back', () => {
    const { inContainer, leave, slots } = place();
    leave(HOLD);
    const said = inContainer('resource-manager doctor');
    expect(said).toMatch(/leases: L1 of consilio is held in another pid namespace \(a container, a sandbox\)/);
    expect(said).not.toContain('every holder is alive');
    expect(inContainer('resource-manager doctor --fix >/dev/null; resource-status')).toContain('5/7 used');
    inContainer(fixIn(said));
    expect(slots()).not.toMatch(HOLDER);
    expect(inContainer('resource-manager doctor')).toContain('leases: every holder is alive');
  });

  it.each([
    ['a denial', 'request-slots odin 5 --pid $$ --no-queue'],
    ['the limit of its project', 'request-slots consilio 5 --pid $$ --no-queue'],
    ['a wait', 'request-slots odin 5 --pid $$ --wait=100ms'],
    ['a place in the queue', 'request-slots odin 5 --pid $$'],
  ])('is named by %s, with a hint that can be typed', (_name, line) => {
    const { inContainer, leave, slots } = place();
    leave(HOLD);
    const said = inContainer(line);
    expect(said).toMatch(/hint: L1 is held in another container, unseen from here; if that is gone: release-slots/);
    inContainer(fixIn(said));
    expect(slots()).not.toMatch(/"id":"L1"/);
  });

  it('is said with each of its pids', () => {
    const { inContainer, leave } = place();
    leave(HOLD);
    const status = inContainer('resource-status consilio');
    expect(status).toMatch(/L1: 5 slots, process \d+ \(sleep\), in another container/);
    expect(status.replace(/\s+/g, ' ')).toContain('if that is gone: release-slots consilio --lease L1');
    expect(inContainer('release-slots consilio')).toMatch(/L1 \(5 slots, process \d+ sleep, in another container\)/);
  });

  it('is not named by a denial for the limit of another project', () => {
    const { inContainer, leave } = place();
    leave(HOLD);
    const said = inContainer(`
      resource-manager set-max 20 >/dev/null; request-slots odin 5 --pid $$ >/dev/null
      request-slots odin 5 --pid $$ --no-queue`);
    expect(said).toContain('denied');
    expect(said).not.toContain('L1');
  });

  it('is not called alive by reap of its run', () => {
    const { inContainer, leave, slots } = place();
    leave(`
      resource-manager run consilio -- sleep 600 &
      until grep -q '"root":{' "$RESOURCE_MANAGER_DIR/slots.yaml"; do sleep 0.05; done; kill -9 $$`);
    const mark = /"mark":"([^"]+)"/.exec(slots())?.[1];
    expect(inContainer(`resource-manager reap --mark ${mark}`)).toContain(
      'the run with this mark is held by a process in another container, unseen from here: ',
    );
  });

  it('has its place in the queue named by doctor, with the command that ends it', () => {
    const { inContainer, leave, slots } = place();
    leave('request-slots odin 7 --detached; request-slots consilio 5 --pid $$; kill -9 $$');
    const said = inContainer('resource-manager doctor');
    expect(said).toMatch(/queue: T2 of consilio waits for a process in another pid namespace/);
    inContainer(fixIn(said));
    expect(slots()).not.toContain('"ticket":"T2"');
  });

  it('does not lend its pids: nobody who has one of them here is ended for it', () => {
    const { inContainer, slots, dir } = place();
    // The same pid and start time as the holder: only the namespace differs. Pid 2 is never ended, since it can be a kernel thread.
    const said = inContainer(`
      true & sleep 600 & own=$!
      request-slots consilio 5 --pid $own
      sed -i 's/"ns":[0-9]*/"ns":1/' '${dir}/slots.yaml'
      resource-kill consilio --yes 2>&1 || true
      kill -0 $own && echo "still here"`);
    expect(said).toContain('still here');
    expect(slots()).not.toContain('"ns":1,');
  });

  it('keeps the lock for a few seconds at most', () => {
    const { inContainer, dir } = place();
    const at = Date.now() - 60_000;
    mkdirSync(join(dir, 'slots.yaml.lock', `held.2.77.${bootId()}.1.${at}.x`), { recursive: true });
    expect(inContainer('request-slots odin 2 --pid $$')).toContain('Granted 2 slots');
  });

  it('holds a lock that no hint wants to end by a pid', () => {
    const { inContainer, dir } = place('lock_wait: 200ms\nlock_takeover_after: 1h\n');
    mkdirSync(join(dir, 'slots.yaml.lock', `held.2.77.${bootId()}.1.${Date.now()}.x`), { recursive: true });
    const said = inContainer('request-slots odin 2 --pid $$');
    expect(said).toMatch(/held by process 2 in another container, since/);
    expect(said).toMatch(/hint: try again: a process that holds it without a sign of life loses it after 3600 s/);
    expect(said).not.toMatch(/kill|ps -/);
  });

  it('has left no monitor that keeps others away', () => {
    const { inContainer, dir } = place();
    const monitor = { pid: 1, started: 77, boot: bootId(), ns: 1, command: 'node' };
    const path = join(dir, 'slots.yaml');
    writeFileSync(path, `${readFileSync(path, 'utf8')}monitor: ${JSON.stringify(monitor)}\n`);
    expect(inContainer('resource-manager doctor')).toMatch(/monitor: the machine is not monitored/);
    expect(inContainer('resource-manager monitor --once --no-kill >/dev/null && echo began')).toContain('began');
  });
});

const bootId = (): string =>
  readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '').slice(0, 12);
