/** Files of a report page: the built script inside it, and the page that is written. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT, ExpectedError, errnoOf, orSystemError, systemError } from '../errors.ts';
import { replaceFile } from '../files/atomic.ts';
import { realPath } from '../files/real-path.ts';
import type { PageFiles } from '../ports/files.ts';

/** Mode of a page: readable by all. */
const MODE = 0o644;

function unwritable(path: string, error: unknown): ExpectedError {
  if (errnoOf(error) === 'ENOENT')
    return new ExpectedError('no-folder', `cannot write ${path}: there is no folder ${dirname(path)}`, {
      hint: 'make it first, or name another',
      exit: EXIT.ioError,
      cause: error,
    });
  const hint = 'name a file in a folder that you may write to, or - for standard output';
  return systemError('write', path, error, EXIT.ioError, hint);
}

export function openPageFiles(root: string): PageFiles {
  return {
    script() {
      const file = join(root, 'dist', 'page.js');
      const text = orSystemError('read', file, () => readFileSync(file, 'utf8'));
      return { text, sha256: createHash('sha256').update(text).digest('base64') };
    },
    write(path, text) {
      const bytes = Buffer.from(text);
      try {
        const target = realPath(path);
        const there = statSync(target, { throwIfNoEntry: false });
        // A rename would replace a device or a pipe, so it is written directly.
        if (there !== undefined && !there.isFile()) writeFileSync(target, bytes);
        else replaceFile(target, bytes, { mode: MODE, isDurable: true });
      } catch (error) {
        throw unwritable(path, error);
      }
      return bytes.length;
    },
  };
}
