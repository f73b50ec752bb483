/** Folders inside a state that several users may write to. */
import { lstatSync } from 'node:fs';

/**
 * True for a folder, and for a link that this user or root has made: another user's link may lead anywhere, so nothing
 * behind it is removed. Throws where there is neither.
 */
export function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isDirectory() || (stat.isSymbolicLink() && (stat.uid === 0 || stat.uid === process.geteuid?.()));
}
