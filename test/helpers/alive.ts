/** Processes by pid and start time, so that a test never takes a foreign process for its own. */
import { readFileSync } from 'node:fs';
import { isOver, parseStat } from '../../src/host/processes/stat.ts';

export interface OwnProcess {
  readonly pid: number;
  readonly started: number;
  readonly command: string;
}

/** The live process with this pid, or null. */
export function identityOf(pid: number): OwnProcess | null {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return stat === null || isOver(stat) ? null : { pid, started: stat.started, command: stat.command };
  } catch {
    return null;
  }
}

export const isAlive = ({ pid, started }: OwnProcess): boolean => identityOf(pid)?.started === started;
