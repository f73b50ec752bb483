/** The files around a page: the script that the build has made for it, and the place where the page is put. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, ExpectedError, errnoOf, systemError } from '../errors.ts';
import { realPath, replaceFile } from '../files/replace-file.ts';
import type { PageFiles } from '../ports/context.ts';

/** A page is made to be shown. */
const MODE = 0o644;

/** What cannot be written is the user's own file, so the hints about the state's folder do not fit. */
function unwritable(path: string, error: unknown): ExpectedError {
  if (errnoOf(error) === 'ENOENT')
    return new ExpectedError('no-folder', `cannot write ${path}: there is no folder ${dirname(path)}`, {
      hint: 'make it first, or name another',
      exit: EXIT.ioError,
      cause: error,
    });
  const { code, message, exit } = systemError('write', path, error, EXIT.ioError);
  return new ExpectedError(code, message, {
    hint: 'name a file in a folder that you may write to, or - for standard output',
    exit,
    cause: error,
  });
}

export function openPageFiles(root: string): PageFiles {
  return {
    script() {
      const file = join(root, 'dist', 'page.js');
      try {
        const text = readFileSync(file, 'utf8');
        return { text, sha256: createHash('sha256').update(text).digest('base64') };
      } catch (error) {
        throw systemError('read', file, error);
      }
    },
    write(path, text) {
      const bytes = Buffer.from(text);
      try {
        const target = realPath(path);
        const there = statSync(target, { throwIfNoEntry: false });
        // A device or a pipe is written to; renaming onto it would put a file in its place.
        if (there !== undefined && !there.isFile()) writeFileSync(target, bytes);
        else replaceFile(target, bytes, MODE);
      } catch (error) {
        throw unwritable(path, error);
      }
      return bytes.length;
    },
  };
}
