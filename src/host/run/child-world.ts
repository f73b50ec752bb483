/**
 * Passes the caller's world on to a command. Node closes descriptors above 2 and raises the limit of open files for its
 * children, and a shell in between would lose variables whose names are no shell names; none of this reaches the command.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { isOwnFolderOpenAt } from '../../files/own-folder.ts';
import { type CgroupMachine, joinGroup } from '../containment/cgroup.ts';
import { readTextOrEmpty } from '../read-text.ts';

/** OOM score of a command, so that the kernel kills an agent before a session. */
const OOM_SCORE = 300;
const OOM_FILE = '/proc/self/oom_score_adj';
const CLOSED_ON_EXEC = 0o2000000;

interface Descriptor {
  readonly number: number;
  readonly target: string;
}

function targetOf(number: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return null;
  }
}

/** Open descriptors above 2 that Node would close for a child; Node itself opens pipes with both ends here, and anonymous inodes. */
function closedByNode(): readonly Descriptor[] {
  let numbers: number[];
  try {
    numbers = readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
  const open = numbers.flatMap((number) => {
    const target = number > 2 ? targetOf(number) : null;
    return target === null ? [] : [{ number, target }];
  });
  const isNodes = ({ number, target }: Descriptor): boolean =>
    isOwnFolderOpenAt(number) ||
    target.startsWith('anon_inode:') ||
    (target.startsWith('pipe:') && open.filter((other) => other.target === target).length > 1);
  const isClosed = ({ number }: Descriptor): boolean => {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readTextOrEmpty(`/proc/self/fdinfo/${number}`))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) !== 0;
  };
  return open.filter((descriptor) => isClosed(descriptor) && !isNodes(descriptor));
}

/** The `stdio` of a command that inherits each descriptor of this process's caller at its own number. */
export function inheritedStdio(): (number | 'ignore')[] {
  const passed = new Set(closedByNode().map(({ number }) => number));
  return Array.from({ length: Math.max(2, ...passed) + 1 }, (_, number) =>
    number <= 2 || passed.has(number) ? number : 'ignore',
  );
}

const openFilesOf = (who: string): { soft: string; hard: string } | null => {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(readTextOrEmpty(`/proc/${who}/limits`));
  return match === null ? null : { soft: match[1] as string, hard: match[2] as string };
};

/**
 * Lowers this process's limit of open files to the caller's, because a child inherits it. Node raised it at its start and
 * kept no record, so the parent process's limit counts, if both have the same hard limit. Needs prlimit of util-linux.
 */
function restoreOpenFiles(): void {
  const own = openFilesOf('self');
  const caller = openFilesOf(String(process.ppid));
  if (own === null || caller === null || own.hard !== caller.hard || own.soft === caller.soft) return;
  spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${caller.soft}:`], { stdio: 'ignore' });
}

function writeScore(score: string): void {
  try {
    writeFileSync(OOM_FILE, score, { flag: 'r+' });
  } catch {
    // Not Linux, or not permitted.
  }
}

/**
 * Calls `start` while this process is in the group `folder` (unless null) and has a command's OOM score, so that the
 * started process has both from its first moment. Returns what `start` returns.
 */
export function startInside<T>(machine: CgroupMachine | null, folder: string | null, start: () => T): T {
  restoreOpenFiles();
  const before = readTextOrEmpty(OOM_FILE).trim();
  const isRaised = before !== '' && Number(before) < OOM_SCORE;
  const leave = machine === null || folder === null ? null : joinGroup(machine, folder);
  if (isRaised) writeScore(String(OOM_SCORE));
  try {
    return start();
  } finally {
    if (isRaised) writeScore(before);
    leave?.();
  }
}
