/**
 * What of the transcripts was counted into the budgets, in counted.json beside what was read of them, and who is counting.
 * Other than what was read this cannot be found again, so it is fsynced and a damaged file is refused.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import type { Counted } from '../../core/usage/counting.ts';
import { EXIT, ExpectedError, errnoOf, systemError } from '../../errors.ts';
import { folderIn } from './kept.ts';

const FILE = 'counted.json';
const COUNTING = 'counting';

export function loadCounted(dir: string): readonly Counted[] {
  const path = join(folderIn(dir), FILE);
  try {
    const { counted } = JSON.parse(readFileSync(path, 'utf8')) as { counted: readonly Counted[] };
    if (!Array.isArray(counted)) throw new SyntaxError('it has no list');
    return counted;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw systemError('read', path, error);
    throw new ExpectedError('bad-file', `cannot read ${path}: ${error.message}`, {
      hint: 'remove it to count everything since each budget began once more',
      exit: EXIT.badFile,
      cause: error,
    });
  }
}

/** Whole and durable, or as it was. */
export function saveCounted(dir: string, counted: readonly Counted[]): void {
  const path = join(folderIn(dir), FILE);
  const draft = `${path}.${process.pid}.new`;
  try {
    mkdirSync(folderIn(dir), { recursive: true, mode: 0o700 });
    const fd = openSync(draft, 'w', 0o600);
    try {
      writeSync(fd, JSON.stringify({ version: 1, counted }));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch (error) {
    throw systemError('write', path, error);
  }
}

function counting(path: string): { readonly pid: number; readonly started: number } | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Its owner has just ended, or was killed before it could say who it is.
    return null;
  }
}

/** Null while another live process counts; one that died in it is passed over. */
export function beginCounting(
  dir: string,
  { pid, started }: ProcessRef,
  find: (pid: number) => ProcessRef | null,
): (() => void) | null {
  const path = join(folderIn(dir), COUNTING);
  const take = (): boolean => {
    try {
      writeFileSync(path, JSON.stringify({ pid, started }), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw systemError('write', path, error);
    }
  };
  const leave = (): void => {
    try {
      unlinkSync(path);
    } catch {
      // Somebody took it for a dead one's.
    }
  };
  try {
    mkdirSync(folderIn(dir), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw systemError('create', folderIn(dir), error);
  }
  if (take()) return leave;
  const owner = counting(path);
  if (owner !== null && find(owner.pid)?.started === owner.started) return null;
  leave();
  return take() ? leave : null;
}
