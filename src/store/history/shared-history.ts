/**
 * history/ of a state that other users may write to. Each user has files of their own, `DAY.UID.jsonl`, then
 * `DAY.UID.1.jsonl` and so on. A file is believed only if it belongs to the user whom it names. The folder is opened once, and
 * its entries are reached through it.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../core/model/instants.ts';
import type { HistoryLimits } from '../../core/settings/settings.ts';
import { errnoOf, orElse } from '../../errors.ts';
import {
  canWriteIn,
  OTHERS_WRITE,
  openFolder,
  pathOfOpen,
  placeFolder,
  STICKY,
  setAside,
} from '../../files/open-folder.ts';
import { MOST_BYTES, type OpenedFile, openRegular } from '../../files/regular-file.ts';
import { ownUid } from '../../files/trust.ts';
import type { History } from '../../ports/history.ts';
import { ageLimit, HISTORY_FOLDER, PART_BYTES } from './names.ts';

const FILE = /^(\d{4}-\d\d-\d\d)(?:\.(\d{1,10}))?(?:\.(\d+))?\.jsonl$/;
/** Another user may put files of our names there; more than this many a day are not passed over. */
const MOST_PARTS = 1_000;
const TRIES = 3;

export interface UserFile {
  readonly name: string;
  readonly day: string;
  /** User whom the name names; null in files of earlier versions. */
  readonly uid: number | null;
  readonly part: number;
}

/** Files of the folder by name, those of each user oldest first. */
export const userFiles = (folder: string): UserFile[] =>
  readdirSync(folder)
    .flatMap((name) => {
      const [, day, uid, part] = FILE.exec(name) ?? [];
      return day === undefined
        ? []
        : [{ name, day, uid: uid === undefined ? null : Number(uid), part: Number(part ?? 0) }];
    })
    .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.part - b.part));

/** Opens a file to read, and says whose it is; null unless only the user whom it names can have written it. */
export function openBelieved(folder: string, { name, uid }: UserFile): (OpenedFile & { readonly uid: number }) | null {
  const file = orElse(
    () => openRegular(join(folder, name), { mostBytes: MOST_BYTES.lines, isLinkRefused: true }),
    null,
  );
  if (file === null) return null;
  const owner = Number(file.stat.uid);
  if ((uid === null || uid === owner) && (Number(file.stat.mode) & OTHERS_WRITE) === 0) return { ...file, uid: owner };
  closeSync(file.fd);
  return null;
}

/** Mode of a history folder: its users write and see all names, and none removes the file of another. */
function folderMode(dir: string): number {
  const { mode } = statSync(dir);
  return (mode & 0o2770) | (mode & 0o002 ? 0o007 : 0) | STICKY;
}

/** Makes the folder, unless there is one with entries. Throws system errors, ENOTDIR for a file or link. */
export const makeHistoryFolder = (dir: string): void => placeFolder(join(dir, HISTORY_FOLDER), folderMode(dir));

/** Opens the folder, and makes it if it is missing. What stands in its place is kept beside it. Throws system errors. */
function openHistoryFolder(dir: string): number {
  const path = join(dir, HISTORY_FOLDER);
  for (let tries = 1; ; tries += 1) {
    try {
      const fd = openFolder(path);
      if (fd === null) makeHistoryFolder(dir);
      else if (isUsable(dir, fd)) return fd;
      else {
        closeSync(fd);
        setAside(path);
      }
    } catch (error) {
      const isInTheWay = errnoOf(error) === 'EACCES' && lstatSync(path).uid !== 0;
      if (!isInTheWay && errnoOf(error) !== 'ENOTDIR' && errnoOf(error) !== 'ELOOP') throw error;
      setAside(path);
    }
    if (tries >= TRIES) throw Object.assign(new Error(`${path} cannot be used`), { code: 'EACCES' });
  }
}

/**
 * True for a folder in which this user may write. One's own folder gets the mode in which nobody removes the files of
 * others, and root takes that of another user over. Throws EACCES for a folder of root that this user may not write.
 */
function isUsable(dir: string, fd: number): boolean {
  const { mode, uid, gid } = fstatSync(fd);
  const pool = statSync(dir);
  const euid = ownUid();
  if (uid !== euid && euid !== 0) {
    const isWritable = canWriteIn(pathOfOpen(fd, join(dir, HISTORY_FOLDER)));
    if (!isWritable && uid === 0) throw Object.assign(new Error('not permitted'), { code: 'EACCES' });
    return isWritable;
  }
  if ((pool.mode & OTHERS_WRITE) === 0) return true;
  if (uid !== euid || gid !== pool.gid) orElse(() => fchownSync(fd, euid, pool.gid), null);
  if ((mode & 0o7777) !== folderMode(dir)) fchmodSync(fd, folderMode(dir));
  return true;
}

/**
 * Removes this user's files past the age limit, and the oldest above the size limit; root removes old files of all users.
 */
function forgetOld(folder: string, now: Instant, { keepMs, maxBytes }: HistoryLimits): void {
  const euid = ownUid();
  let bytes = 0;
  const files = userFiles(folder).reverse();
  const isTooOld = ageLimit(files, now, keepMs);
  for (const { name, day } of files) {
    const path = join(folder, name);
    const { uid, size } = lstatSync(path);
    if (uid === euid) bytes += size;
    const isPast = isTooOld(day) && (uid === euid || euid === 0);
    if (isPast || (uid === euid && bytes > maxBytes)) unlinkSync(path);
  }
}

/** Opens this user's present file of the day, and makes it. Files of this name that others made are passed over. */
function openCurrent(folder: string, day: string, mode: number): OpenedFile {
  const uid = ownUid();
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  for (let part = 0; part < MOST_PARTS; part += 1) {
    const path = join(folder, `${day}.${uid}${part === 0 ? '' : `.${part}`}.jsonl`);
    try {
      const file = openRegular(path, { mostBytes: PART_BYTES, isLinkRefused: true, flags, mode });
      // A second name may be that of any file of this user.
      if (Number(file.stat.uid) === uid && file.stat.nlink === 1n) {
        // Independent of the umask.
        if ((Number(file.stat.mode) & 0o777) !== mode) fchmodSync(file.fd, mode);
        return file;
      }
      closeSync(file.fd);
    } catch (error) {
      if (!['ENOTFILE', 'ETOOLARGE', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    }
  }
  throw Object.assign(new Error(`no file of this user in ${folder}`), { code: 'EACCES' });
}

/** The history of a state that other users may write to, for this user's records. */
export function openSharedHistory(dir: string, now: () => Instant, limits: () => HistoryLimits): History {
  return {
    append(...records) {
      const at = new Date(now()).toISOString();
      try {
        const fd = openHistoryFolder(dir);
        try {
          const folder = pathOfOpen(fd, join(dir, HISTORY_FOLDER));
          const isMany = (statSync(dir).mode & OTHERS_WRITE) !== 0;
          const file = openCurrent(folder, at.slice(0, 10), isMany ? 0o640 : 0o644);
          try {
            const bytes = Buffer.from(records.map((record) => `${JSON.stringify({ at, ...record })}\n`).join(''));
            for (let from = 0; from < bytes.length; ) from += writeSync(file.fd, bytes, from);
          } finally {
            closeSync(file.fd);
          }
          if (file.stat.size === 0n) forgetOld(folder, now(), limits());
        } finally {
          closeSync(fd);
        }
      } catch {
        // A full disk must not turn a successful command into a failed one.
      }
    },
  };
}
