/** Processes that nobody may end through us, whatever evidence there is. */
import type { Identity, ProcessDetail, ProcessRow } from './process-row.ts';

/** Servers that belong to everyone who has used them since: whoever started them first is an accident. */
const SHARED_SERVERS = new Set(
  (
    'tmux screen zellij byobu dtach abduco sshd ssh-agent gpg-agent dbus-daemon dbus-broker dockerd containerd podman ' +
    'conmon systemd init launchd login getty agetty cron crond watchman adb emacs code code-server codium cursor ' +
    'windsurf zed gnome-keyring-daemon pipewire pulseaudio Xorg Xwayland gnome-shell'
  ).split(' '),
);
const SHELLS = new Set('sh bash dash zsh ksh mksh ash fish'.split(' '));

/** A process that is somebody else's, with all below it. */
export interface Other extends Identity {
  /** Whose; what holds another lease where it does not say. */
  readonly who?: string;
}

export interface Around {
  /** The process that looks, and every process above it. */
  readonly own: ReadonlySet<number>;
  /** Whose processes may be ended. */
  readonly uids: ReadonlySet<number>;
  readonly detail: (row: ProcessRow) => ProcessDetail;
}

/** `tmux: server` → `tmux`; the name as far as it names a program. */
const nameOf = (command: string): string => command.split(/[: /]/)[0] ?? '';

/** What it executes, as far as that can be told. A name can be borrowed; the file it executes cannot. */
export const programOf = ({ command }: ProcessRow, { program }: ProcessDetail): string => program ?? nameOf(command);

/** Why this process is not to be touched, or null. */
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
