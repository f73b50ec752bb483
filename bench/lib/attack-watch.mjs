/** Watches the files and processes of others, which must never change while an attacker plants. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stat } from './proc.mjs';

const READ_AT_MOST = 1 << 16;

function describe(path) {
  const entry = lstatSync(path, { bigint: true });
  const content = entry.isSymbolicLink()
    ? readlinkSync(path)
    : entry.isFile() && entry.size <= READ_AT_MOST
      ? createHash('sha1').update(readFileSync(path)).digest('hex')
      : '';
  // The number of links is left out: who may link a file is the kernel's rule (fs.protected_hardlinks).
  return [entry.mode.toString(8), entry.uid, entry.gid, entry.size, entry.mtimeNs, content].join(' ');
}

/** Where each user's commands keep compiled code. */
const OWN = '.cache';

/** Every entry below the folders: path to type, owner, mode, size, time and content. */
export function snapshot(folders) {
  const found = new Map();
  const visit = (path) => {
    found.set(path, describe(path));
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) if (name !== OWN) visit(join(path, name));
  };
  for (const folder of folders) visit(folder);
  return found;
}

/** The differences between two snapshots, in words. */
export function changes(before, after) {
  const list = [];
  for (const [path, seen] of before) {
    const now = after.get(path);
    if (now === undefined) list.push(`deleted: ${path}`);
    else if (now !== seen) list.push(`changed: ${path}: ${seen} → ${now}`);
  }
  for (const path of after.keys()) if (!before.has(path)) list.push(`new: ${path}`);
  return list;
}

/** Processes of others that have ended, were stopped, or are frozen. */
export function harmed(processes) {
  return Object.entries(processes).flatMap(([name, { pid, started, group }]) => {
    const now = stat(pid);
    if (now === null || now.started !== started) return [`ended: ${name} (process ${pid})`];
    if (now.state === 'T' || now.state === 't') return [`stopped: ${name} (process ${pid})`];
    if (group && /^frozen 1$/m.test(readFileSync(join(group, 'cgroup.events'), 'utf8'))) return [`frozen: ${name}`];
    return [];
  });
}

/** Files below a folder of the attacker that another user has made, and files that he may read and that hold a secret. */
export function leaked(folders, { attacker, group, secret, isOthers }) {
  const list = [];
  const visit = (path) => {
    let entry;
    try {
      entry = lstatSync(path);
    } catch {
      return;
    }
    if (entry.isDirectory()) {
      for (const name of readdirSync(path)) visit(join(path, name));
      return;
    }
    if (isOthers(path) && entry.uid !== attacker) list.push(`user ${entry.uid} has written ${path}`);
    const isReadable = entry.uid === attacker || entry.mode & 0o004 || (entry.gid === group && entry.mode & 0o040);
    if (isReadable && entry.isFile() && entry.size <= 8 * READ_AT_MOST && readFileSync(path).includes(secret))
      list.push(`secret in ${path}`);
  };
  for (const folder of folders) visit(folder);
  return list;
}
