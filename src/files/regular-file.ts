/**
 * Opens and reads regular files alone. Nothing here waits: a pipe, device, socket or folder in the place of a file is
 * refused at once, by what was opened and not by a look before. No file is read beyond its bound.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

export interface OpenOptions {
  /** Most bytes that the file may have; a larger one is refused. */
  readonly mostBytes: number;
  /** True to refuse a link as the last part of the path. */
  readonly isLinkRefused?: boolean;
  /** Flags of open(2), O_RDONLY by default. */
  readonly flags?: number;
  /** Permission bits of a file that is made by `flags`, less the umask. */
  readonly mode?: number;
}

export interface OpenedFile {
  readonly fd: number;
  /** Attributes of the open file. */
  readonly stat: BigIntStats;
}

/** A path that leads to something that cannot be used as a file; `code` and message are those of a system error. */
class UnusableFile extends Error {
  readonly code: 'ENOTFILE' | 'ETOOLARGE';

  constructor(code: UnusableFile['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const KINDS: readonly (readonly [(stat: BigIntStats) => boolean, string])[] = [
  [(stat) => stat.isDirectory(), 'folder'],
  [(stat) => stat.isFIFO(), 'pipe'],
  [(stat) => stat.isSocket(), 'socket'],
  [(stat) => stat.isCharacterDevice() || stat.isBlockDevice(), 'device'],
];

const notFile = (kind: string): UnusableFile => new UnusableFile('ENOTFILE', `it is a ${kind}, not a file`);

const tooLarge = (mostBytes: number): UnusableFile => {
  const [unit, size] = mostBytes >= 2 ** 20 ? ['MiB', 2 ** 20] : mostBytes >= 1024 ? ['KiB', 1024] : ['bytes', 1];
  return new UnusableFile('ETOOLARGE', `it has more than ${mostBytes / size} ${unit}`);
};

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Opens a regular file of at most `mostBytes` and returns its descriptor, which the caller closes, with the status of
 * what was opened. Throws system errors, also ENOENT; ENOTFILE for anything but a regular file, ETOOLARGE for a larger
 * one. It never waits, neither for the other end of a pipe nor for a lease that another process has on the file.
 */
export function openRegular(path: string, options: OpenOptions): OpenedFile {
  const { mostBytes, isLinkRefused = false, flags = constants.O_RDONLY, mode } = options;
  let fd: number;
  try {
    fd = openSync(
      path,
      flags | constants.O_NONBLOCK | constants.O_NOCTTY | (isLinkRefused ? constants.O_NOFOLLOW : 0),
      mode,
    );
  } catch (error) {
    if (codeOf(error) === 'ENXIO') throw notFile('socket, pipe or device');
    if (codeOf(error) === 'EISDIR') throw notFile('folder');
    if (codeOf(error) === 'ELOOP' && isLinkRefused) throw notFile('link');
    throw error;
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw notFile(KINDS.find(([isKind]) => isKind(stat))?.[1] ?? 'special file');
    if (stat.size > mostBytes) throw tooLarge(mostBytes);
    return { fd, stat };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Bounds of what is read as a whole. Nothing sound comes near them; what is larger is no file of its kind. */
export const MOST_BYTES = {
  /** A state, configuration, list of prices, settings of an agent program, or one of our own records. */
  text: 64 << 20,
  /** A file that a person or one command writes: a pointer to the state, a unit of systemd, a remembered answer. */
  small: 1 << 20,
  /** Read positions of transcripts, a few hundred bytes for each of them. */
  positions: 512 << 20,
  /** A file that is read line by line, and so may have any size. */
  lines: Number.POSITIVE_INFINITY,
} as const;

/** First read of a file that states no size, as those of /proc do. */
const UNSTATED_BYTES = 64 << 10;

/**
 * All bytes of an opened file, at most `mostBytes`; ETOOLARGE if it has more, also if it grew or never ends. Throws
 * system errors.
 */
export function readOpened({ fd, stat }: OpenedFile, mostBytes: number): Buffer {
  const stated = Number(stat.size);
  // One byte more than stated shows in the same read that the file has ended.
  let bytes = Buffer.allocUnsafe(Math.min(stated || UNSTATED_BYTES, mostBytes) + 1);
  let size = 0;
  for (;;) {
    const read = readSync(fd, bytes, size, bytes.length - size, null);
    size += read;
    if (size > mostBytes) throw tooLarge(mostBytes);
    if (read === 0 || size === stated) return bytes.subarray(0, size);
    if (size === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * bytes.length, mostBytes + 1));
  }
}

/** All bytes of a regular file. Throws as `openRegular` does, also ENOENT. */
export function readRegular(path: string, options: OpenOptions): Buffer {
  const file = openRegular(path, options);
  try {
    return readOpened(file, options.mostBytes);
  } finally {
    closeSync(file.fd);
  }
}

/** Text of a regular file, `mostBytes` at most. Throws as `openRegular` does, also ENOENT. */
export const readRegularText = (path: string, mostBytes: number = MOST_BYTES.text): string =>
  readRegular(path, { mostBytes }).toString('utf8');

/**
 * Appends a text to a regular file in one write, and makes the file with `mode`, less the umask, if it is absent. Throws
 * system errors; ENOTFILE for anything but a regular file, also for a link.
 */
export function appendRegular(path: string, text: string, mode: number): void {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  const { fd } = openRegular(path, { mostBytes: MOST_BYTES.lines, isLinkRefused: true, flags, mode });
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}
