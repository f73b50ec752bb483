/**
 * Writes resource_manager.prom into a text-file collector's folder. The draft's name does not end in .prom, so no
 * collector reads it. It is not fsynced: after a power cut the figures are useless.
 */
import { join } from 'node:path';
import { EXIT, ExpectedError, errnoOf, systemError } from '../errors.ts';
import { replaceFile } from '../files/atomic.ts';
import type { Textfile } from '../ports/files.ts';

const FILE = 'resource_manager.prom';
/** Readable by all: the collector runs as another user. */
const MODE = 0o644;

function failure(path: string, folder: string, error: unknown): ExpectedError {
  if (errnoOf(error) === 'ENOENT')
    return new ExpectedError('no-folder', `cannot write ${path}: there is no folder ${folder}`, {
      hint: 'make it, and have node_exporter read it: --collector.textfile.directory',
      exit: EXIT.ioError,
      cause: error,
    });
  const isRefused = systemError('write', path, error).exit === EXIT.notPermitted;
  const hint = isRefused
    ? `let this user write to ${folder}, or name another folder`
    : `see that ${folder} is a folder with room for a file; the one before is as it was`;
  return systemError('write', path, error, EXIT.ioError, hint);
}

export const openTextfile = (): Textfile => ({
  write(folder, text) {
    const path = join(folder, FILE);
    try {
      replaceFile(path, Buffer.from(text), { mode: MODE });
    } catch (error) {
      throw failure(path, folder, error);
    }
    return path;
  },
});
