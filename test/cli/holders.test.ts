/** Parents that outlive every job, as real processes in a pid namespace of their own: none of them holds slots. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binary, cleanEnvironment, temporaryFolder } from '../helpers/cli.ts';

/** Starts its job as a child, and lives on until the job has written its exit code. */
const STARTER =
  'sh -c "$JOB" <"$FIFO" & exec 3>"$FIFO"; until [ -s "$RC" ]; do sleep 0.05; done; resource-status --json >"$STATUS"';
const JOB = 'request-slots nightly 2 >"$OUT" 2>&1; echo $? >"$RC"; true';
/** The job as an orphan: its parent, the leader of its session, has ended. */
const ORPHAN = `me=$$; until [ "$(awk '{ print $4 }' /proc/$me/stat)" = "$(cat "$ADOPTER")" ]; do sleep 0.05; done; ${JOB}`;

function place() {
  const folder = temporaryFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['request-slots', 'resource-status', 'resource-manager'] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${binary(name)}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const path = (name: string): string => join(folder, name);
  const env = cleanEnvironment({
    HOME: folder,
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    RESOURCE_MANAGER_DIR: path('state'),
    JOB,
    ORPHAN,
    FIFO: path('fifo'),
    RC: path('rc'),
    OUT: path('out'),
    STATUS: path('status'),
    ADOPTER: path('adopter'),
    ...Object.fromEntries(['TMUX', 'CLAUDECODE', 'CODEX_THREAD_ID'].map((name) => [name, undefined])),
  });
  expect(spawnSync('mkfifo', [path('fifo')]).status).toBe(0);
  /** Runs a bash script as process 1 of a pid namespace. */
  const asFirst = (script: string, title = 'bash', file = 'starter.sh') => {
    writeFileSync(path(file), script);
    const started = spawnSync(
      'unshare',
      ['-pf', '--mount-proc', 'bash', '-c', 'exec -a "$0" bash "$1"', title, path(file)],
      { env, cwd: folder, encoding: 'utf8', timeout: 60_000 },
    );
    const read = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '');
    return { exit: read('rc').trim(), out: read('out'), status: read('status'), started };
  };
  /** The same below a process 1 that is no init. */
  const below = (script: string, title: string, file = 'starter.sh') => {
    writeFileSync(path(file), script);
    Object.assign(env, { TITLE: title, FILE: path(file) });
    return asFirst('(exec -a "$TITLE" bash "$FILE")', 'bash', 'first.sh');
  };
  return { asFirst, below, env, path };
}

const usedIn = (status: string): unknown => (JSON.parse(status) as { slots: { used: number } }).slots.used;

function expectRefusal({ exit, out, status, started }: ReturnType<ReturnType<typeof place>['asFirst']>): void {
  expect(exit, `${out}${started.stderr}`).toBe('64');
  expect(out).toMatch(/^error: no process can hold the slots: .*outlives every job\nhint: .*--pid PID.*--detached\n$/);
  expect(usedIn(status)).toBe(0);
}

describe.runIf(process.platform === 'linux' && process.geteuid?.() === 0)('a parent that outlives every job', () => {
  it.each([
    ['systemd', '/usr/lib/systemd/systemd'],
    ['an init of another name', '/sbin/openrc-init'],
    ['the init of docker', '/sbin/docker-init'],
    ['tini', 'tini'],
    ['the init of WSL', '/init'],
  ])('as process 1: %s', (_name, title) => {
    expectRefusal(place().asFirst(STARTER, title));
  });

  it.each([
    ['systemd of a user', '/usr/lib/systemd/systemd', 'starter.sh'],
    ['cron', '/usr/sbin/cron', 'starter.sh'],
    ['its child for a job', '/usr/sbin/CRON', 'starter.sh'],
    ['cron of busybox', 'busybox', 'crond'],
    ['php-fpm with a title', 'php-fpm: pool www', 'starter.sh'],
    ['php-fpm of a version', '/usr/sbin/php-fpm8.2', 'starter.sh'],
    ['a server of tmux with a title', 'tmux: server', 'starter.sh'],
    ['a server of screen', 'SCREEN', 'starter.sh'],
    ['sshd', 'sshd: me@notty', 'starter.sh'],
    ['supervisord', 'python3', 'supervisord'],
    ['pm2', 'PM2 v5.3.0: God Daemon (/root/.pm2)', 'starter.sh'],
    ['a runtime of containers', '/usr/bin/containerd-shim-runc-v2', 'starter.sh'],
  ])('elsewhere: %s', (_name, title, file) => {
    expectRefusal(place().below(STARTER, title, file));
  });

  it('is passed over behind a program that only waits for its command', () => {
    const at = place();
    at.env.JOB = `flock "$FIFO.lock" sh -c '${JOB}'; true`;
    expectRefusal(at.below(STARTER, 'crond'));
  });

  it.each([
    ['process 1, whatever it is', (script: string) => place().asFirst(script)],
    ['an idle process 1', (script: string) => place().asFirst(script.replace('until', 'exec 4>&1; until'), 'sleep')],
  ])('as one who adopted an orphan: %s', (_name, run) => {
    expectRefusal(
      run(
        `echo $$ >"$ADOPTER"; setsid sh -c 'sh -c "$ORPHAN" & '; until [ -s "$RC" ]; do sleep 0.05; done; resource-status --json >"$STATUS"`,
      ),
    );
  });

  it.runIf(spawnSync('tmux', ['-V']).status === 0)('as a real server of tmux', () => {
    const at = place();
    expectRefusal(
      at.asFirst(
        'tmux -S "$FIFO.tmux" -f /dev/null new-session -d "$JOB"; until [ -s "$RC" ]; do sleep 0.05; done; resource-status --json >"$STATUS"',
      ),
    );
  });

  it('is refused by its number too, and an old CLAUDE_PID that now names one counts as none', () => {
    const at = place();
    at.env.JOB = `request-slots nightly 2 --pid 1 >"$OUT" 2>&1; echo $? >"$RC"; true`;
    const named = at.asFirst(STARTER, 'systemd');
    expect(named.exit).toBe('64');
    expect(named.out).toMatch(
      /^error: --pid names process 1 \(bash\), which outlives every job.*\nhint: .*--detached\n$/,
    );
    const inherited = place();
    inherited.env.RESOURCE_MANAGER_HOLDER_PID = '1';
    expect(inherited.asFirst(STARTER, 'systemd').out).toMatch(
      /^error: RESOURCE_MANAGER_HOLDER_PID names process 1 \(bash\), which/,
    );
    const stale = place();
    stale.env.CLAUDE_PID = '1';
    expectRefusal(stale.asFirst(STARTER, 'systemd'));
  });

  it.each([
    ['a script', 'bash'],
    ['a supervisor', 'my-supervisor'],
  ])('is none of these: %s as process 1 of a container holds them', (_name, title) => {
    const { exit, status, out } = place().asFirst(STARTER, title);
    expect(exit, out).toBe('0');
    expect(status).toMatch(/"holder":\{"pid":1,/);
  });

  it('needs a name, and the hint of its refusal can be typed', () => {
    const at = place();
    at.env.JOB = `request-slots nightly 2 --detached >"$OUT" 2>&1; echo $? >"$RC"; true`;
    const { exit, status, out } = at.asFirst(STARTER, 'systemd');
    expect(exit, out).toBe('0');
    expect(usedIn(status)).toBe(2);
  });
});
