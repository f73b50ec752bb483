/** Removes what a killed first command leaves beside the state: drafts of its files, and a lock that has no place yet. */
import { lstatSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { orElse } from '../errors.ts';
import { FREE } from '../files/lock-folder.ts';
import { removeOld } from '../files/sweep.ts';
import type { FileMark } from '../files/text-file.ts';

/** No command takes this long to make a state. */
const OLD_MS = 60_000;
const DRAFT = /^\.(?:slots|config)\.yaml\.\d+\.[0-9a-z]+$/;
const LOCK = /^\.slots\.yaml\.lock\.held\.[0-9a-z.]+$/;

/** Removes a lock that was made and not put in its place; not its files, because it has none of ours. */
function removeLock(path: string): void {
  if (Math.abs(Date.now() - lstatSync(path).mtimeMs) <= OLD_MS) return;
  rmdirSync(join(path, FREE));
  rmdirSync(path);
}

/** Sweeps the folder, if the state was last written long enough ago for all of it to be old. Never throws. */
export function sweepLeftovers(dir: string, { mtimeNs }: FileMark): void {
  if (Math.abs(Date.now() - Number(mtimeNs) / 1e6) <= OLD_MS) return;
  removeOld(dir, OLD_MS, (name) => DRAFT.test(name));
  for (const name of orElse(() => readdirSync(dir), []))
    if (LOCK.test(name)) orElse(() => removeLock(join(dir, name)), undefined);
}
