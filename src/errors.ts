/** Errors and exit codes, the published form of every failure. */

/** Exit codes by meaning; part of the contract, never renumbered. 2 is reserved for hooks that block. */
export const EXIT = {
  ok: 0,
  checkedNo: 1,
  usage: 64,
  badFile: 65,
  noSuchThing: 66,
  neverGranted: 69,
  internal: 70,
  cannotCreate: 73,
  ioError: 74,
  notNow: 75,
  notPermitted: 77,
  newerFile: 78,
  waitRanOut: 124,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDetail {
  /** The next step for the user, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly exit: ExitCode;
}

/** A failure that a user or the machine caused: two lines and an exit code, never a stack trace. */
export class ExpectedError extends Error {
  readonly code: string;
  readonly hint: string | null;
  readonly exit: ExitCode;

  /** `message` is a lower-case fragment: the act, its object and the reason of the failure. */
  constructor(code: string, message: string, detail: ErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ExpectedError';
    this.code = code;
    this.hint = detail.hint ?? null;
    this.exit = detail.exit;
  }
}

/** A fault of this program. `id` is a fixed text to search for in the source and the issue tracker. */
export class InternalError extends Error {
  readonly id: string;

  constructor(id: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InternalError';
    this.id = id;
  }
}

const NO_SPACE = { hint: 'free some space, then run the command again; nothing was changed', exit: EXIT.ioError };
const NO_RIGHT = {
  hint: 'run as the owner of that folder or a member of its group; a pool for a group: sudo resource-manager init --system --group GROUP',
  exit: EXIT.notPermitted,
};
const NOT_LOCAL = { hint: 'keep the state on a local file system: --dir or RESOURCE_MANAGER_DIR', exit: EXIT.ioError };

/** Causes of failed system calls, for the codes that a user can act on. */
const SYSTEM_CAUSES: Readonly<
  Record<string, { readonly why?: string; readonly hint: string; readonly exit: ExitCode }>
> = {
  ENOSPC: { ...NO_SPACE, why: 'the disk is full' },
  EDQUOT: { ...NO_SPACE, why: 'the disk quota is used up' },
  EIO: {
    why: 'the device reported an input/output error',
    hint: 'check the disk (dmesg); nothing was changed',
    exit: EXIT.ioError,
  },
  EROFS: {
    why: 'the file system is read-only',
    hint: 'choose a writable folder with --dir or RESOURCE_MANAGER_DIR',
    exit: EXIT.notPermitted,
  },
  EACCES: { ...NO_RIGHT, why: 'permission denied' },
  EPERM: { ...NO_RIGHT, why: 'operation not permitted' },
  EXDEV: { ...NOT_LOCAL, why: 'this file system cannot rename within the folder' },
  ENOTSUP: { ...NOT_LOCAL, why: 'this file system does not support the operation' },
  ENOSYS: { ...NOT_LOCAL, why: 'this file system does not support the operation' },
  ENOTDIR: {
    why: 'a part of the path is not a folder',
    hint: 'name a folder with --dir or RESOURCE_MANAGER_DIR',
    exit: EXIT.cannotCreate,
  },
  EISDIR: { why: 'it is a folder', hint: 'move that folder away; a file belongs there', exit: EXIT.ioError },
  // Of files/regular-file.ts, whose message names what it is.
  ENOTFILE: { hint: 'move it away; a regular file belongs there', exit: EXIT.ioError },
  ETOOLARGE: { hint: 'see what it is, and move it away', exit: EXIT.badFile },
  ENAMETOOLONG: {
    why: 'the path is too long',
    hint: 'choose a shorter folder with --dir or RESOURCE_MANAGER_DIR',
    exit: EXIT.cannotCreate,
  },
  EMFILE: {
    why: 'too many files are open',
    hint: 'raise the limit (ulimit -n) or run fewer processes',
    exit: EXIT.ioError,
  },
};

/** Exit codes that hold whatever the command wanted to do. */
const FIXED_EXITS: readonly ExitCode[] = [EXIT.ioError, EXIT.notPermitted, EXIT.badFile];

/** The text of a caught value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The result of `read`, or `instead` if it throws: for what may be absent, gone or of another user. */
export function orElse<T, Instead>(read: () => T, instead: Instead): T | Instead {
  try {
    return read();
  } catch {
    return instead;
  }
}

export const errnoOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** The error of a failed system call: the act, the path, the reason. `hint` replaces the hint about the state's folder. */
export function systemError(act: string, path: string, error: unknown, exit?: ExitCode, hint?: string): ExpectedError {
  const errno = errnoOf(error);
  const known = errno === undefined ? undefined : SYSTEM_CAUSES[errno];
  const why = known?.why ?? messageOf(error);
  return new ExpectedError(errno?.toLowerCase() ?? 'io', `cannot ${act} ${path}: ${why}`, {
    hint: hint ?? known?.hint ?? 'check the folder and its file system, then run the command again',
    exit: known !== undefined && FIXED_EXITS.includes(known.exit) ? known.exit : (exit ?? known?.exit ?? EXIT.ioError),
    cause: error,
  });
}

/** The result of `work`; what it throws becomes the error of a failed system call. */
export function orSystemError<T>(act: string, path: string, work: () => T, exit?: ExitCode, hint?: string): T {
  try {
    return work();
  } catch (error) {
    throw systemError(act, path, error, exit, hint);
  }
}
