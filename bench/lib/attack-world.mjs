/** A machine of its own for the attacker: users, homes, a shared pool, and processes of others that must not be touched. */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { mount, mountFileSystem, mountOwnCgroups } from './namespaces.mjs';
import { pids, signal, stat } from './proc.mjs';

export const POOL = '/var/lib/resource-manager';
export const SECRET = 'the-secret-of-others-5f1c';
export const GROUP = 12_100;
export const USERS = { root: 0, member: 12_001, victim: 12_002, newbie: 12_003 };
const HOMES = { root: '/root', member: '/home/member', victim: '/home/victim', newbie: '/home/newbie' };
/** Nothing of these may change, whatever the member plants. */
export const WATCHED = ['/home/victim', '/home/newbie', '/root', '/etc', '/var/lib/other'];
const TAKEOVER = '1s';
const READY_MS = 20_000;
const PLANTER = fileURLToPath(new URL('./attack-planter.cjs', import.meta.url));

const CONFIG = `max_per_project: 50
slot_memory: 0
lock_takeover_after: ${TAKEOVER}
budget: { on_stop: kill }
hooks: { wait: 1s }
monitor: { grace: 300ms, cpu_pressure_percent: 100, critical_disk_percent: 100 }
`;
const LIMITS =
  'vm_limits: { max_cpu_percent: 100, max_memory_percent: 95, max_load_average: 1000, max_disk_percent: 100 }';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(label, look) {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const seen = look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`never: ${label}`);
    await pause(10);
  }
}

/** Mounts and users: once for each process, before everything else. */
export function makeMachine(folder) {
  mountOwnCgroups();
  cpSync('/etc', join(folder, 'etc'), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  mount('--bind', join(folder, 'etc'), '/etc');
  for (const path of ['/var/lib', '/home', '/root']) mountFileSystem(path, 64);
  for (const [name, uid] of Object.entries(USERS)) {
    if (uid === 0) continue;
    appendFileSync('/etc/passwd', `${name}:x:${uid}:${uid}::${HOMES[name]}:/bin/sh\n`);
    appendFileSync('/etc/group', `${name}:x:${uid}:\n`);
  }
  appendFileSync('/etc/group', `agents:x:${GROUP}:member,victim,newbie\n`);
}

function put(path, text, uid, mode) {
  writeFileSync(path, text);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
}

function makeHomes() {
  for (const name of readdirSync('/home')) rmSync(join('/home', name), { recursive: true });
  for (const name of readdirSync('/root')) rmSync(join('/root', name), { recursive: true });
  for (const [name, uid] of Object.entries(USERS)) {
    const home = HOMES[name];
    const old = new Date(Date.now() - 30 * 86_400_000);
    for (const [path, mode] of [
      ['', 0o755],
      ['docs', 0o755],
      ['docs/old', 0o755],
      ['.claude', 0o700],
      ['.cache', 0o700],
    ]) {
      mkdirSync(join(home, path), { recursive: true });
      chmodSync(join(home, path), mode);
      chownSync(join(home, path), uid, uid);
    }
    put(join(home, 'docs/thesis.txt'), 'years of work\n', uid, 0o644);
    put(join(home, 'docs/old/notes.jsonl'), '{"kind":"mine"}\n', uid, 0o600);
    put(join(home, '.bashrc'), 'umask 022\n', uid, 0o644);
    put(join(home, 'secret'), `${SECRET}\n`, uid, 0o600);
    put(join(home, '.claude/settings.json'), '{}\n', uid, 0o600);
    put(join(home, 'signals'), '', uid, 0o644);
    for (const path of ['docs/thesis.txt', 'docs/old/notes.jsonl']) utimesSync(join(home, path), old, old);
  }
  rmSync('/home/member/secret');
  mkdirSync('/home/member/out');
  chmodSync('/home/member/out', 0o777);
  mkdirSync('/var/lib/other', { recursive: true });
  put('/var/lib/other/data', `root:${SECRET}\n`, 0, 0o600);
  put('/etc/secrets', `root:${SECRET}\n`, 0, 0o600);
  mkdirSync('/etc/pt.d', { recursive: true });
  put('/etc/pt.d/victim', '100 200\n', 0, 0o644);
}

/** Records each signal that it gets in its home. */
const LISTENER = `for s in HUP INT QUIT USR1 USR2 TERM CONT TSTP ALRM PIPE; do trap "echo $s >> $HOME/signals" $s; done; echo up; while :; do sleep 100000 & wait $!; done`;

export function openWorld({ folder, bin }) {
  let planter = null;
  let monitor = null;
  const started = [];
  const replies = new Map();

  const environment = (user, more) => ({ PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: HOMES[user], ...more });
  const asUser = (user) =>
    user === 'root' ? [] : ['setpriv', `--reuid=${USERS[user]}`, `--regid=${USERS[user]}`, `--groups=${GROUP}`, '--'];

  /** Starts a program as a user of the group. */
  function begin(user, words, { env = {}, stdio = ['ignore', 'pipe', 'pipe'] } = {}) {
    const [program, ...rest] = [...asUser(user), ...words];
    const child = spawn(program, rest, { env: environment(user, env), stdio, cwd: HOMES[user], detached: true });
    started.push(child);
    child.text = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        child.text += text;
      });
    return child;
  }
  const command = (name) => [process.execPath, bin(name)];
  function run(user, name, words, { input = '', env = {} } = {}) {
    const [program, ...rest] = [...asUser(user), ...command(name), ...words];
    return spawnSync(program, rest, {
      env: environment(user, env),
      cwd: HOMES[user],
      encoding: 'utf8',
      input,
      timeout: 20_000,
    });
  }
  const need = (result, what) => {
    if (result.status !== 0) throw new Error(`${what}: ${result.status} ${result.stdout}${result.stderr}`);
    return result;
  };

  const identity = (pid, more = {}) => ({ pid, started: stat(pid)?.started, ...more });

  function makePool() {
    rmSync(POOL, { recursive: true, force: true });
    rmSync('/etc/resource-manager.yaml', { force: true });
    const made = run('root', 'resource-manager', ['init', '--system', '--group', 'agents']);
    if (made.status !== 0) {
      rmSync(POOL, { recursive: true, force: true });
      need(run('root', 'resource-manager', ['init', '--system']), 'init --system');
      spawnSync('chgrp', ['-R', 'agents', POOL]);
    }
    const path = join(POOL, 'slots.yaml');
    const limited = readFileSync(path, 'utf8')
      .replace(/^max_slots: .*$/m, 'max_slots: 60')
      .replace(/^vm_limits:.*\n(?: .*\n)*/m, `${LIMITS}\n`);
    writeFileSync(path, limited);
    put(join(POOL, 'config.yaml'), CONFIG, 0, 0o644);
  }

  const slots = () => readFileSync(join(POOL, 'slots.yaml'), 'utf8');

  async function startRun(user, project, agent) {
    const child = begin(user, [
      ...command('resource-manager'),
      'run',
      project,
      '--agent',
      agent,
      '--',
      'sleep',
      '100000',
    ]);
    const lease = await until(`the run of ${project}: ${child.text}`, () => {
      const line = slots()
        .split('\n')
        .find((text) => text.includes(`"project":"${project}"`) && text.includes('"root":'));
      return line && JSON.parse(line.replace(/^ *- /, ''));
    });
    const { root, folder: group, mark } = lease.run;
    return { wrapper: child.pid, root: root.pid, lease: lease.id, record: lease, mark, group: group ?? null };
  }

  async function startCanaries() {
    const processes = {};
    const runs = {};
    for (const user of ['victim', 'root']) {
      const listener = begin(user, ['bash', '-c', LISTENER]);
      await until('the listener', () => listener.text.includes('up'));
      processes[`listener of ${user}`] = identity(listener.pid);
      const plain = begin(user, ['sleep', '100000'], { stdio: 'ignore' });
      const holder = begin(user, ['sleep', '100000'], { stdio: 'ignore' });
      await until(
        'exec',
        () =>
          readFileSync(`/proc/${holder.pid}/comm`, 'utf8') === 'sleep\n' &&
          readFileSync(`/proc/${plain.pid}/comm`, 'utf8') === 'sleep\n',
      );
      processes[`bystander of ${user}`] = identity(plain.pid);
      processes[`holder of ${user}`] = identity(holder.pid);
      const project = `${user}p`;
      need(run(user, 'request-slots', [project, '1', '--pid', String(holder.pid), '--agents', 'h']), 'request');
      need(run(user, 'resource-manager', ['budget', 'allocate', `${project}/a`, '--tokens', '1000']), 'budget');
      need(run(user, 'report-usage', [`${project}/a`, '--tokens', '950']), 'report');
      runs[user] = { project, holder: holder.pid, ...(await startRun(user, project, 'a')) };
      processes[`run of ${user}`] = identity(runs[user].root, { group: runs[user].group });
      processes[`wrapper of ${user}`] = identity(runs[user].wrapper);
    }
    return { processes, runs };
  }

  function startMonitor() {
    monitor = begin('root', [...command('resource-manager'), 'monitor', '--interval', '200ms']);
    return monitor;
  }

  function startPlanter() {
    const copy = join(folder, 'planter.cjs');
    if (!existsSync(copy)) cpSync(PLANTER, copy);
    planter = begin('member', [process.execPath, copy], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: planter.stdout }).on('line', (line) => {
      const { id, ...answer } = JSON.parse(line);
      replies.get(id)?.(answer);
      replies.delete(id);
    });
    planter.once('exit', () => {
      for (const answer of replies.values()) answer({ done: 0, errors: ['the attacker was ended'] });
      replies.clear();
      planter = null;
    });
  }

  let serial = 0;
  const plant = (list) =>
    new Promise((resolve) => {
      if (planter === null) startPlanter();
      serial += 1;
      replies.set(serial, resolve);
      planter.stdin.write(`${JSON.stringify({ id: serial, list })}\n`);
    });

  /** Paths of the pool as it is between commands: what `reset` restores. */
  function describePool() {
    const found = new Map();
    const visit = (path) => {
      const { mode, uid, gid, ino } = lstatSync(path);
      const isFolder = (mode & 0o170000) === 0o040000;
      const isFile = (mode & 0o170000) === 0o100000;
      found.set(path, { mode, uid, gid, ino, isFolder, text: isFile ? readFileSync(path) : null });
      if (isFolder) for (const name of readdirSync(path)) visit(join(path, name));
    };
    visit(POOL);
    return found;
  }

  const REWRITTEN = new Set(['slots.yaml', 'slots.yaml.bak', 'config.yaml'].map((name) => join(POOL, name)));

  /** Puts a folder of others that the attacker has moved where it was, since a running command may have it open. */
  function putBack(base, path) {
    const isIt = (name) => lstatSync(name, { throwIfNoEntry: false })?.ino === base.get(path)?.ino;
    if (!base.has(path) || isIt(path)) return;
    const moved = readdirSync(POOL)
      .map((name) => join(POOL, name))
      .find(isIt);
    if (moved === undefined) return;
    rmSync(path, { recursive: true, force: true });
    renameSync(moved, path);
  }

  function restore(base) {
    for (const name of ['users', 'history']) if (existsSync(POOL)) putBack(base, join(POOL, name));
    const visit = (path) => {
      const wanted = base.get(path);
      const { mode, uid, gid, size } = lstatSync(path);
      const isOthers =
        uid !== USERS.member && path.startsWith(join(POOL, 'users/')) && !path.startsWith(join(POOL, 'users/12003'));
      if (isOthers && (mode & 0o170000) !== 0o120000) {
        if ((mode & 0o170000) === 0o040000) for (const name of readdirSync(path)) visit(join(path, name));
        return;
      }
      if (wanted === undefined || wanted.mode !== mode || wanted.uid !== uid || wanted.gid !== gid) {
        rmSync(path, { recursive: true, force: true });
        return;
      }
      if (wanted.isFolder) for (const name of readdirSync(path)) visit(join(path, name));
      else if (REWRITTEN.has(path) && (size > 1 << 20 || !readFileSync(path).equals(wanted.text))) rmSync(path);
    };
    if (existsSync(POOL)) visit(POOL);
    for (const [path, { mode, uid, gid, isFolder, text }] of base) {
      if (existsSync(path) || (!isFolder && text === null)) continue;
      const place = isFolder ? path : `${path}.restored`;
      if (isFolder) mkdirSync(place);
      else writeFileSync(place, text);
      chownSync(place, uid, gid);
      chmodSync(place, mode & 0o7777);
      if (!isFolder) renameSync(place, path);
    }
  }

  /** Ends all processes of this world but those of the driver. */
  async function end() {
    const kept = new Set([1, process.pid]);
    for (let tries = 0; tries < 100; tries += 1) {
      const left = pids().filter((pid) => !kept.has(pid) && stat(pid) !== null);
      if (left.length === 0) break;
      for (const pid of left) {
        signal(pid, 'SIGKILL');
        const group = groupOf(pid);
        if (group !== null && /frozen 1/.test(readFileSync(join(group, 'cgroup.events'), 'utf8')))
          writeFileSync(join(group, 'cgroup.freeze'), '0');
      }
      await pause(20);
    }
    started.length = 0;
  }
  const groupOf = (pid) => {
    try {
      const path = /^0::(.+)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
      const folder = join('/sys/fs/cgroup', path ?? '/');
      return path !== '/' && existsSync(join(folder, 'cgroup.freeze')) ? folder : null;
    } catch {
      return null;
    }
  };

  return {
    begin,
    command,
    asUser,
    environment,
    homeOf: (user) => HOMES[user],
    plant,
    restore,
    describePool,
    monitor: () => monitor,
    /** Makes everything anew, and returns the facts that an attacker can know. */
    async build() {
      await end();
      makeHomes();
      makePool();
      const canaries = await startCanaries();
      startMonitor();
      await until('the monitor', () => /^ {2}sampled_at: "?\d/m.test(slots()));
      startPlanter();
      need(run('newbie', 'request-slots', ['newbiep', '1', '--detached', '--ttl', '1h']), 'newbie');
      need(run('newbie', 'release-slots', ['newbiep', '--all']), 'newbie');
      return canaries;
    },
    end,
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 13).replaceAll('-', '').slice(0, 12),
    namespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''),
  };
}
