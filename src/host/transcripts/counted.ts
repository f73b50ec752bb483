/**
 * Records which part of the transcripts is counted into the budgets, in counted.json, and lets one process count at a
 * time. This record cannot be rebuilt, so it is durable, and a damaged file is refused.
 */
import { dirname, join } from 'node:path';
import type { Counted } from '../../core/usage/counting.ts';
import { EXIT, ExpectedError, errnoOf, orSystemError, systemError } from '../../errors.ts';
import { syncFolder } from '../../files/atomic.ts';
import { makeFolder } from '../../files/folder.ts';
import { Contender, type ContenderOptions, replaceUnderLock, Superseded } from '../../files/lock-contender.ts';
import { readRegularText } from '../../files/regular-file.ts';
import type { CountingTurn } from '../../ports/transcripts.ts';
import { folderIn } from './kept.ts';

const FILE = 'counted.json';
const LOCK = 'counting.lock';
/** A process that is stopped, or dead where nobody here can see it, keeps its turn for this long after its last write. */
const LONGEST_TURN_MS = 60_000;
/** The first try may make the lock; the next may see it released. */
const TRIES = 3;

function loadCounted(path: string): readonly Counted[] {
  try {
    const { counted } = JSON.parse(readRegularText(path)) as { counted: readonly Counted[] };
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

/** Writes the record as a whole and durably, or leaves it as it was. */
function saveCounted(path: string, counted: readonly Counted[], contender: Contender): void {
  const bytes = Buffer.from(JSON.stringify({ version: 1, counted }));
  try {
    replaceUnderLock(contender.folder, 'next', path, bytes, { mode: 0o600, isDurable: true });
    syncFolder(dirname(path));
  } catch (error) {
    if (!(error instanceof Superseded)) throw systemError('write', path, error);
    throw new ExpectedError('counting', 'another process has taken the turn to count what transcripts say', {
      hint: 'nothing is lost; the next count goes on from there',
      exit: EXIT.notNow,
    });
  }
}

/** Null while another live process counts. Throws ExpectedError (74, 77). */
export function beginCounting(dir: string, options: Omit<ContenderOptions, 'hungAfterMs'>): CountingTurn | null {
  const folder = orSystemError('write', dir, () => folderIn(dir));
  const path = join(folder, FILE);
  const contender = new Contender(join(folder, LOCK), { ...options, hungAfterMs: LONGEST_TURN_MS });
  try {
    makeFolder(folder, 0o700);
    for (let tries = 1; !contender.take(); tries += 1) {
      if (tries < TRIES) continue;
      contender.close();
      return null;
    }
  } catch (error) {
    contender.close();
    throw error instanceof ExpectedError ? error : systemError('lock', contender.lockDir, error);
  }
  return {
    counted: () => loadCounted(path),
    keep: (counted) => saveCounted(path, counted, contender),
    end: () => contender.release(),
  };
}
