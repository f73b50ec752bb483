/** Finds the holder of a command: its nearest ancestor that outlives it, and not every other job as well. */
import { basename } from 'node:path';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Processes } from '../ports/host.ts';

const SHELLS = new Set('sh bash dash zsh ksh mksh ash fish busybox'.split(' '));
/** One-shot programs: they run one command and end with it. */
const ONE_SHOT = new Set(
  (
    'timeout sudo doas su runuser time npx npm pnpm yarn flock setsid xargs script strace unshare nsenter ' +
    'bwrap firejail chronic run-parts dbus-run-session'
  ).split(' '),
);
/** Programs that adopt orphans or start jobs of others, and outlive them; a child of one has no known requester. */
const OUTLIVES_JOBS = new Set(
  (
    'systemd init launchd openrc-init runit-init dinit finit procd shepherd tini dumb-init docker-init podman-init ' +
    'catatonit my_init s6-svscan s6-supervise runit runsv runsvdir svscan supervise supervisord circusd monit pm2 ' +
    'cron crond anacron atd fcron dcron incrond supercronic yacron go-crond inetd xinetd ' +
    'php-fpm apache2 httpd lighttpd fcgiwrap uwsgi gunicorn sshd sshd-session dropbear ' +
    'tmux screen zellij dtach abduco mosh-server ' +
    'containerd containerd-shim conmon dockerd podman lxc-start systemd-nspawn gnome-session-binary dbus-daemon'
  ).split(' '),
);
/** Programs that start nothing: below one of these as process 1 are only orphans. */
const IDLE = new Set('sleep tail cat pause'.split(' '));
const PACKAGE_RUNNERS = new Set('npm npx npm-cli.js npx-cli.js pnpm pnpm.cjs yarn yarn.js'.split(' '));

const programName = (argv: readonly string[]): string =>
  basename((argv[0] ?? '').split(' ')[0] ?? '').replace(/^-/, '');

/** True for a program, a title such as `php-fpm: pool www`, or a script such as supervisord that outlives its jobs. */
function outlives(pid: number, argv: readonly string[]): boolean {
  const name = programName(argv);
  if (pid === 1 && IDLE.has(name)) return true;
  const isInterpreter = /^(?:python|perl|ruby|node|busybox)[\d.]*$/.test(name);
  const script = isInterpreter ? basename(argv.slice(1).find((word) => !word.startsWith('-')) ?? '') : '';
  return [name, script].some((one) =>
    OUTLIVES_JOBS.has(
      one
        .toLowerCase()
        .replace(/:$/, '')
        .replace(/^(php-fpm|containerd-shim)[-\d.].*$/, '$1'),
    ),
  );
}

/** True for a running process that outlives every job, such as an init, a cron daemon or a tmux server. */
export function outlivesJobs(processes: Processes, pid: number): boolean {
  const seen = processes.look(pid);
  return seen !== null && outlives(pid, seen.argv);
}

/** `sh -c …`, `bash -lc …`, `bash -o pipefail -c …`: a shell that ends with its one command. */
function isOneShotShell(argv: readonly string[]): boolean {
  if (!SHELLS.has(programName(argv))) return false;
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] as string;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) return true;
    if (/^[-+][A-Za-z]*o$/.test(word)) at += 1;
    else if (!/^[-+]/.test(word) || word === '--')
      return programName(argv) === 'busybox' && at === 1 && isOneShotShell(argv.slice(1));
  }
  return false;
}

function isOneShot(argv: readonly string[]): boolean {
  if (ONE_SHOT.has(programName(argv)) || isOneShotShell(argv)) return true;
  return programName(argv) === 'node' && PACKAGE_RUNNERS.has(basename(argv[1] ?? ''));
}

/**
 * Nearest ancestor of `pid` that is not one-shot; null if that one outlives every job. A child has the session of its
 * parent or leads its own; one with another session was adopted, by a parent that says nothing about who asked.
 */
export function longLivedAncestor(processes: Processes, pid: number): ProcessRef | null {
  let at = pid;
  for (let child = processes.look(at); child !== null && child.parent >= 1; ) {
    const parent = processes.look(child.parent);
    if (parent === null || outlives(child.parent, parent.argv)) return null;
    if (child.session !== at && child.session !== parent.session) return null;
    if (!isOneShot(parent.argv)) return processes.find(child.parent);
    at = child.parent;
    child = parent;
  }
  return null;
}
