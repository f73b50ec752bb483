/**
 * Finds the git repository around a folder, from files and without git. A linked work tree has a `.git` file that leads to
 * the repository; so do submodules, which are repositories of their own. A link that leads nowhere still names where the
 * repository was.
 */
import { closeSync, existsSync, lstatSync, readSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Repository } from '../core/usage/attribution.ts';
import { orElse } from '../errors.ts';
import { MOST_BYTES, openRegular } from '../files/regular-file.ts';

const FIRST_BYTES = 64 << 10;
/** Folder of a linked work tree, inside its repository. */
const LINKED = /\/worktrees\/[^/]+$/;
/** Folder of a submodule, inside the repository that has it. */
const MODULE = /\/modules\/./;

const statOf = (path: string): Stats | null => orElse(() => lstatSync(path, { throwIfNoEntry: false }), null) ?? null;

/** First part of a regular file; empty for anything else. */
function textOf(path: string): string {
  const file = orElse(() => openRegular(path, { mostBytes: MOST_BYTES.lines, isLinkRefused: true }), null);
  if (file === null) return '';
  const bytes = Buffer.alloc(FIRST_BYTES);
  const length = orElse(() => readSync(file.fd, bytes, 0, FIRST_BYTES, 0), 0);
  closeSync(file.fd);
  return bytes.toString('utf8', 0, length);
}

/** The path without links, as far as it exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realOf(dirname(path)), basename(path));
  }
}

const isGitFolder = (folder: string): boolean =>
  ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(folder, name)));

/** The folder that names the repository with this git folder: its work tree, else the folder without `.git`. */
function namedBy(gitFolder: string): string {
  const name = basename(gitFolder);
  if (name === '.git') return dirname(gitFolder);
  const [, workTree] =
    /^[ \t]*worktree[ \t]*=[ \t]*"?([^"\r\n]+?)"?[ \t]*$/m.exec(textOf(join(gitFolder, 'config'))) ?? [];
  if (workTree !== undefined) return resolve(gitFolder, workTree);
  return name.startsWith('.') ? dirname(gitFolder) : join(dirname(gitFolder), name.replace(/(.)\.git$/, '$1'));
}

/** The git folder that a linked work tree's own folder shares with its repository; null if it is none. */
function sharedBy(gitFolder: string): string | null {
  const shared = textOf(join(gitFolder, 'commondir')).trim();
  if (shared !== '') return resolve(gitFolder, shared);
  return LINKED.test(gitFolder) && !existsSync(gitFolder) ? gitFolder.replace(LINKED, '') : null;
}

/** The folder that names the repository of a work tree. */
function mainOf(workTree: string): string {
  const entry = join(workTree, '.git');
  const stat = statOf(entry);
  if (stat?.isDirectory()) return workTree;
  if (stat?.isSymbolicLink() && !statOf(realOf(entry))?.isFile()) return namedBy(realOf(entry));
  const [, path] = /^gitdir:[ \t]*(.+?)[ \t\r]*$/m.exec(textOf(realOf(entry))) ?? [];
  if (path === undefined) return workTree;
  const gitFolder = realOf(resolve(dirname(realOf(entry)), path));
  const shared = sharedBy(gitFolder);
  if (shared !== null) return namedBy(realOf(shared));
  return MODULE.test(gitFolder) || !isGitFolder(gitFolder) ? workTree : namedBy(gitFolder);
}

/** The repository whose work tree, or whose bare folder, contains `folder`; null outside of one. */
export function repositoryOf(folder: string): Repository | null {
  const real = realOf(folder);
  for (let at = real; ; at = dirname(at)) {
    if (statOf(join(at, '.git')) !== null) return { folder: real, workTree: at, main: mainOf(at) };
    if (isGitFolder(at)) return { folder: real, workTree: at, main: namedBy(at) };
    if (at === dirname(at)) return null;
  }
}
