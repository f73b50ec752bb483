/**
 * Containment by the kernel: a cgroup v2 folder for each run, which the command joins before it starts anything. All its
 * descendants stay inside, even detached ones, and one write ends them all.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { orElse } from '../../errors.ts';
import { readTextOrNull } from '../read-text.ts';

export interface CgroupMachine {
  /** Mount point of cgroup v2. */
  readonly mount: string;
  /** Folder of this process. */
  readonly own: string;
}

/** Folder that contains all groups of this product. */
const BASE = 'resource-manager';

/** Null without cgroup v2. */
export function cgroupMachine(proc = '/proc', root = '/sys/fs/cgroup'): CgroupMachine | null {
  const mount = [root, join(root, 'unified')].find((place) => existsSync(join(place, 'cgroup.controllers')));
  const path = /^0::(\/.*)$/m.exec(readTextOrNull(`${proc}/self/cgroup`) ?? '')?.[1];
  if (mount === undefined || path === undefined) return null;
  const own = join(mount, path);
  return { mount, own: existsSync(own) ? own : mount };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A process may move only if the nearest common group is writable. */
const canJoin = (base: string): boolean => isWritable(join(dirname(base), 'cgroup.procs'));

/**
 * Folder in which groups for runs can be made and joined, or null. The machine's root is preferred, because the group of
 * a terminal or service ends with that terminal or service.
 */
export function usableBase({ mount, own }: CgroupMachine): string | null {
  for (const parent of new Set([mount, own])) {
    const base = join(parent, BASE);
    // Moving a process needs write access to the nearest common group.
    const isNear = parent === own || isWritable(join(mount, 'cgroup.procs'));
    if (!isNear || !canJoin(base)) continue;
    if (isWritable(base)) return base;
    try {
      mkdirSync(base);
      return base;
    } catch {
      // No permission, or another run has just made it.
      if (isWritable(base)) return base;
    }
  }
  return null;
}

/** Makes a run's folder and sets its limit; true if the limit is in force. Throws if the folder cannot be made. */
export function makeGroup(
  base: string,
  name: string,
  memoryBytes: number | null,
): { folder: string; isLimited: boolean } {
  const folder = join(base, name);
  mkdirSync(folder);
  if (memoryBytes === null) return { folder, isLimited: false };
  // Controllers are enabled level by level; without the memory controller there is no limit to set.
  if (!existsSync(join(folder, 'memory.max'))) {
    writeControl(dirname(base), 'cgroup.subtree_control', '+memory');
    writeControl(base, 'cgroup.subtree_control', '+memory');
  }
  const isLimited = writeControl(folder, 'memory.max', String(memoryBytes));
  // Out of memory, the kernel ends the whole run: half an agent is useless and keeps its slot.
  if (isLimited) writeControl(folder, 'memory.oom.group', '1');
  return { folder, isLimited };
}

/** Moves this process into a group; the returned function moves it back. Null if the move is not permitted. */
export function joinGroup({ own }: CgroupMachine, folder: string): (() => void) | null {
  const pid = String(process.pid);
  if (!writeControl(folder, 'cgroup.procs', pid)) return null;
  return () => void writeControl(own, 'cgroup.procs', pid);
}

/** Pids in the group and all groups below it; empty if the folder is gone. */
export function pidsIn(folder: string): number[] {
  const own = (readTextOrNull(join(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
  return [...own, ...groupsIn(folder).flatMap((name) => pidsIn(join(folder, name)))];
}

/** Names of the child groups. */
export const groupsIn = (folder: string): string[] =>
  orElse(() => readdirSync(folder, { withFileTypes: true }), [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

export const isPopulated = (folder: string): boolean =>
  /^populated 1$/m.test(readTextOrNull(join(folder, 'cgroup.events')) ?? '');

function writeControl(folder: string, file: string, text: string): boolean {
  try {
    writeFileSync(join(folder, file), text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

/** Kills all processes inside at once; false if the kernel (before 5.14) or permissions do not allow it. */
export const killGroup = (folder: string): boolean => writeControl(folder, 'cgroup.kill', '1');

/** Freezes all processes inside, or thaws them; false if that fails. */
export const freezeGroup = (folder: string, frozen: boolean): boolean =>
  writeControl(folder, 'cgroup.freeze', frozen ? '1' : '0');

/** Removes an empty group with its empty child groups. A group in use and a folder that is no group stay. */
export function removeGroup(folder: string): boolean {
  if (!existsSync(join(folder, 'cgroup.procs')) && existsSync(folder)) return false;
  for (const name of groupsIn(folder)) if (!removeGroup(join(folder, name))) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

const numberIn = (path: string, pattern: RegExp): number | null => {
  const text = readTextOrNull(path);
  const match = text === null ? null : pattern.exec(text);
  return match ? Number(match[1]) : null;
};

/** Processor time of all processes that ran inside, in milliseconds. */
export function groupCpuMs(folder: string): number | null {
  const usec = numberIn(join(folder, 'cpu.stat'), /^usage_usec (\d+)$/m);
  return usec === null ? null : usec / 1000;
}

/** Peak memory of the group in bytes; null without the memory controller. */
export const groupPeakBytes = (folder: string): number | null => numberIn(join(folder, 'memory.peak'), /^(\d+)$/m);
