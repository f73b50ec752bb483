/** Processes that must never be ended, whatever the evidence. */
import type { Identity, ProcessDetail, ProcessRow } from './process-row.ts';

/** Servers shared by all their later users: the process that started one first does not own it. */
const SHARED_SERVERS = new Set(
  (
    'tmux screen zellij byobu dtach abduco sshd ssh-agent gpg-agent dbus-daemon dbus-broker dockerd containerd podman ' +
    'conmon systemd init launchd login getty agetty cron crond watchman adb emacs code code-server codium cursor ' +
    'windsurf zed gnome-keyring-daemon pipewire pulseaudio Xorg Xwayland gnome-shell'
  ).split(' '),
);
const SHELLS = new Set('sh bash dash zsh ksh mksh ash fish'.split(' '));

/** A process of another owner, spared with all its descendants. */
export interface Other extends Identity {
  /** Name of the owner; without it, the owner is the holder of another lease. */
  readonly who?: string;
}

export interface Around {
  /** The looking process and all its ancestors. */
  readonly own: ReadonlySet<number>;
  /** User whose processes may be ended. */
  readonly uids: ReadonlySet<number>;
  readonly detail: (row: ProcessRow) => ProcessDetail;
}

/** Cause for sparing the looking process and its ancestors. */
export const OWN_LINEAGE = 'runs this very command';

/** The program in a process name: `tmux: server` → `tmux`. */
const nameOf = (command: string): string => command.split(/[: /]/)[0] ?? '';

/** Executed program, as far as it is known. A process can borrow a name, but not the file it executes. */
export const programOf = ({ command }: ProcessRow, { program }: ProcessDetail): string => program ?? nameOf(command);

/** In a pid namespace, process 2 is an ordinary one. Kernel threads have no memory of their own. */
const isKernelThread = ({ pid, parent, rssBytes }: ProcessRow): boolean =>
  (pid === 2 || parent === 2) && rssBytes === 0;

export interface Veto {
  readonly why: string;
  /** It runs on though it belongs to the target: it is out of reach, or runs the look itself. */
  readonly runsOn: boolean;
}

const spared = (why: string): Veto => ({ why, runsOn: false });
const beyond = (why: string): Veto => ({ why, runsOn: true });

/** The reason for sparing this process, or null. */
export function vetoOf(row: ProcessRow, { own, uids, detail }: Around): Veto | null {
  if (row.pid === 1) return spared('process 1');
  if (isKernelThread(row)) return spared('kernel thread');
  if (own.has(row.pid)) return beyond(OWN_LINEAGE);
  const looked = detail(row);
  const { uid } = looked;
  if (uid === null) return beyond('its owner is not known');
  if (!uids.has(uid)) return beyond(`belongs to another user (${uid})`);
  const program = programOf(row, looked);
  if (SHARED_SERVERS.has(program)) return spared('shared server');
  if (row.tty !== 0 && row.pid === row.session && SHELLS.has(program)) return spared("a person's terminal");
  return null;
}
