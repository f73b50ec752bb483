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

/** The program in a process name: `tmux: server` → `tmux`. */
const nameOf = (command: string): string => command.split(/[: /]/)[0] ?? '';

/** Executed program, as far as it is known. A process can borrow a name, but not the file it executes. */
export const programOf = ({ command }: ProcessRow, { program }: ProcessDetail): string => program ?? nameOf(command);

/** Cause for sparing this process, or null. */
export function vetoOf(row: ProcessRow, { own, uids, detail }: Around): string | null {
  if (row.pid === 1) return 'process 1';
  if (row.pid === 2 || row.parent === 2) return 'kernel thread';
  if (own.has(row.pid)) return 'runs this very command';
  const looked = detail(row);
  const { uid } = looked;
  if (uid === null) return 'its owner is not known';
  if (!uids.has(uid)) return `belongs to another user (${uid})`;
  const program = programOf(row, looked);
  if (SHARED_SERVERS.has(program)) return 'shared server';
  if (row.tty !== 0 && row.pid === row.session && SHELLS.has(program)) return "a person's terminal";
  return null;
}
