/**
 * Vouchers. In a state of several users anybody may write a lease that names another user's processes. So each user
 * states in files of its own which processes it has asked slots for, and a lease is acted on only with such a voucher.
 */
import { digestOf } from '../digest.ts';
import { projectKey } from '../model/ids.ts';
import type { Lease } from '../model/lease.ts';
import { type ProcessRef, processKey, sameProcess } from '../model/process-ref.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import type { Session } from '../model/session.ts';

export interface RunVoucher {
  readonly mark: string;
  /** Folders that its processes may be contained in: the planned one, and the one that it got. */
  readonly folders: readonly string[];
  readonly root: ProcessRef | null;
}

/** Statement of a user about processes of its own. */
export interface Voucher {
  readonly project: string;
  readonly holder: ProcessRef | null;
  /** The session for whose agents the slots are; null for all other slots. */
  readonly session: string | null;
  readonly run: RunVoucher | null;
  /** The user has asked for the end of the processes. */
  readonly isEnding: boolean;
  /** The user's monitor has stopped the processes for a while. */
  readonly isPaused: boolean;
}

type Named = Pick<Lease | QueueEntry, 'project' | 'holder' | 'run' | 'spawn'>;

/** Each name is a file name; a mark in the state may be any text. */
const FILE_NAME = /^[\w.-]{1,200}$/;

const keyOf = (project: string, holder: ProcessRef | null, mark: string | null, session: string | null) => {
  if (mark !== null) return FILE_NAME.test(mark) ? `run.${mark}` : null;
  if (holder === null) return null;
  return session === null
    ? `holder.${digestOf(`${projectKey(project)} ${processKey(holder)}`)}`
    : `session.${digestOf(`${session} ${processKey(holder)}`)}`;
};

/** Name of the voucher for a lease or request; null if there can be none. */
export const keyOfNamed = ({ project, holder, run, spawn }: Named): string | null =>
  keyOf(project, holder, run?.mark ?? null, spawn?.session ?? null);

/** Name of the voucher for agents of this session; null without its process. */
export const keyOfSession = ({ id, process }: Pick<Session, 'id' | 'process'>): string | null =>
  keyOf('', process, null, id);

export const keyOfVoucher = ({ project, holder, run, session }: Voucher): string | null =>
  keyOf(project, holder, run?.mark ?? null, session);

/** True if the lease names no processes but those of the voucher. */
export function vouches(voucher: Voucher, { project, holder, run, spawn }: Named): boolean {
  if (projectKey(voucher.project) !== projectKey(project) || !sameProcess(voucher.holder, holder)) return false;
  if (voucher.session !== (spawn?.session ?? null)) return false;
  if (run === null || voucher.run === null) return run === voucher.run;
  const { mark, folders, root } = voucher.run;
  const isFolder = run.folder === null || folders.includes(run.folder);
  return run.mark === mark && isFolder && (run.root === null || sameProcess(run.root, root));
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function processIn(value: unknown): ProcessRef | null {
  const { pid, started, boot, ns, command } = (value ?? {}) as Record<string, unknown>;
  if (!isCount(pid) || !isCount(started)) return null;
  return {
    pid,
    started,
    boot: isText(boot) ? boot : null,
    ns: isCount(ns) ? ns : null,
    command: isText(command) ? command : null,
  };
}

function runIn(value: unknown): RunVoucher | null {
  const { mark, folders, root } = (value ?? {}) as Record<string, unknown>;
  if (!isText(mark)) return null;
  return { mark, folders: Array.isArray(folders) ? folders.filter(isText) : [], root: processIn(root) };
}

/** The voucher in this text; null for any other text. */
export function voucherIn(text: string): Voucher | null {
  try {
    const { project, holder, session, run, ending, paused } = JSON.parse(text);
    if (!isText(project)) return null;
    return {
      project,
      holder: processIn(holder),
      session: isText(session) ? session : null,
      run: runIn(run),
      isEnding: ending === true,
      isPaused: paused === true,
    };
  } catch {
    return null;
  }
}

/** The text of a voucher. */
export const voucherText = ({ project, holder, session, run, isEnding, isPaused }: Voucher): string =>
  `${JSON.stringify({ project, holder, session, run, ending: isEnding, paused: isPaused })}\n`;
