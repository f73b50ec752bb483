/**
 * The file lock: a directory that always has exactly one entry, either `free` or the holder's folder, named after the
 * holder. Every step is one rename, so every step has one winner:
 *
 * - acquire: `free` → mine; release: mine → `free`;
 * - take over: theirs → mine, only if that process is proved dead, or showed no sign of life for `lock_takeover_after`;
 * - commit: the next file is written inside my folder and renamed out of it, so a superseded holder finds its source
 *   gone and cannot overwrite anything.
 *
 * proper-lockfile only waits and retries with jitter. Its `fs` option replaces its mkdir, stat and rmdir by our renames.
 * A lock in use is never unlinked.
 */
import { isElsewhere } from '../../core/model/process-ref.ts';
import { EXIT, ExpectedError, errnoOf, systemError } from '../../errors.ts';
import { Contender, type ContenderOptions } from '../../files/lock-contender.ts';

export interface LockOptions extends ContenderOptions {
  /** Give up after this long. */
  readonly timeoutMs: number;
}

export interface HeldLock {
  /** The folder with our name; a rename out of it succeeds only while we hold the lock. */
  readonly folder: string;
  /** Gives the lock back; does nothing if it was taken over meanwhile. */
  release(): void;
}

const RETRY_MS = { least: 5, most: 10 };

/**
 * Most holds last a few milliseconds, so a contender polls this long before it loads the library. Polling faster would
 * take processor time from the holder.
 */
const SHORT_WAIT_MS = 3_000;
/** Reading the holder costs more than looking whether the lock is free. */
const LOOK_EVERY = 4;
const SHORT_MS = { least: 10, most: 50 };

async function takenWithin(contender: Contender, timeoutMs: number): Promise<boolean> {
  let leftMs = Math.min(SHORT_WAIT_MS, timeoutMs);
  for (let tries = 0; leftMs > 0; tries += 1) {
    const isLook = tries % LOOK_EVERY === 0;
    if (isLook || contender.looksFree()) {
      const attempt = contender.tryFree();
      if (attempt.held) return true;
      // A dead holder never frees the lock; the takeover goes through the library.
      if (attempt.entry !== null && contender.mayTakeOver(attempt.entry)) return false;
    }
    const ms = SHORT_MS.least + Math.random() * (SHORT_MS.most - SHORT_MS.least);
    leftMs -= ms;
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
  return false;
}

/** The `fs` option of proper-lockfile, which makes, stats and removes a lock directory. */
function engineFs(contender: Contender) {
  let held = false;
  let entry: string | null = null;
  type Done<T = void> = (error: Error | null, value?: T) => void;
  let fatal: Error | null = null;
  const run = <T>(done: Done<T>, act: () => T, otherwise: T): void => {
    let value = otherwise;
    try {
      if (fatal === null) value = act();
    } catch (error) {
      const isExpected = errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT';
      if (isExpected) {
        done(error as Error);
        return;
      }
      // The library would retry every error until the timeout; this one is final.
      fatal = error as Error;
    }
    done(null, value);
  };
  const already = (code: string): Error => Object.assign(new Error(code), { code });
  const heldAt = new Date();

  const mkdir = (): void => {
    if (held) return;
    const attempt = contender.tryFree();
    held = attempt.held;
    if (attempt.held) return;
    entry = attempt.entry;
    throw already('EEXIST');
  };
  const stat = (): { mtime: Date } => {
    // The library compares ages: a dead holder appears very old, a live one new.
    if (held) return { mtime: heldAt };
    return { mtime: entry !== null && contender.mayTakeOver(entry) ? new Date(0) : new Date() };
  };
  const rmdir = (): void => {
    if (held) {
      contender.release();
      held = false;
    } else if (entry !== null && contender.mayTakeOver(entry)) held = contender.takeOver(entry);
  };
  return {
    mkdir: (_path: string, done: Done) => run(done, mkdir, undefined),
    stat: (_path: string, done: Done<{ mtime: Date }>) => run(done, stat, { mtime: heldAt }),
    rmdir: (_path: string, done: Done) => run(done, rmdir, undefined),
    rmdirSync: rmdir,
    utimes: (_path: string, _at: Date, _mtime: Date, done: Done) => run(done, () => contender.beat(), undefined),
    fatal: () => fatal,
  };
}

function lockUnavailable(lockDir: string, { entry, occupant }: Contender, options: LockOptions): ExpectedError {
  const { timeoutMs, hungAfterMs, self } = options;
  const within = `cannot lock ${lockDir} within ${timeoutMs / 1000} s`;
  if (entry !== null && occupant === null) {
    const what = entry === lockDir ? 'it is not a folder' : `it holds something that is not a lock entry: ${entry}`;
    return new ExpectedError('foreign-lock', `${within}: ${what}`, {
      hint: 'move that away; only this program writes there',
      exit: EXIT.badFile,
    });
  }
  const place = occupant !== null && isElsewhere(occupant, self) ? ' in another container' : '';
  const holder =
    occupant === null ? 'others' : `process ${occupant.pid}${place}, since ${new Date(occupant.sinceMs).toISOString()}`;
  return new ExpectedError('lock-timeout', `${within}: held by ${holder}`, {
    hint:
      occupant === null
        ? 'many commands are running at once; try again'
        : `try again: a process that holds it without a sign of life loses it after ${hungAfterMs / 1000} s`,
    exit: EXIT.notNow,
  });
}

/**
 * Takes the lock and waits up to `timeoutMs`. Throws ExpectedError: 75 with the holder when the time is up, 65 for an
 * unknown entry, 74 or 77 if the folder cannot be written.
 */
export async function takeLock(lockDir: string, options: LockOptions): Promise<HeldLock> {
  const contender = new Contender(lockDir, options);
  // Not performance.now(): it would load a dozen modules in a cold process.
  const begunS = process.uptime();
  try {
    if (await takenWithin(contender, options.timeoutMs))
      return { folder: contender.folder, release: () => contender.release() };
    const { lock } = (await import('proper-lockfile')).default;
    const fs = engineFs(contender);
    const release = await lock(lockDir, {
      fs: fs as never,
      realpath: false,
      lockfilePath: lockDir,
      retries: {
        forever: true,
        retries: 16,
        factor: 1,
        minTimeout: RETRY_MS.least,
        maxTimeout: RETRY_MS.most,
        randomize: true,
        maxRetryTime: Math.max(1, options.timeoutMs - (process.uptime() - begunS) * 1000),
      },
      onCompromised: () => {},
    });
    const fatal = fs.fatal();
    if (fatal !== null) throw fatal;
    return { folder: contender.folder, release: () => void release() };
  } catch (error) {
    contender.close();
    if (error instanceof ExpectedError) throw error;
    const code = errnoOf(error);
    if (code === 'ELOCKED' || (error instanceof Error && /timeout/i.test(error.message))) {
      throw lockUnavailable(lockDir, contender, options);
    }
    throw systemError('lock', lockDir, error);
  }
}
