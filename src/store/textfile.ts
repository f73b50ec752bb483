/**
 * resource_manager.prom in the folder of a collector of text files: written beside, then renamed, so that a reader sees
 * the old whole or the new whole. The draft's name does not end in .prom, so no collector reads it; one that a killed
 * writer has left goes with the next writer. Not fsynced: after a power cut the figures are of no use.
 */
import { closeSync, fchmodSync, openSync, readdirSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../core/model/instants.ts';
import { EXIT, ExpectedError, errnoOf, systemError } from '../errors.ts';
import type { Textfile } from '../ports/context.ts';

const FILE = 'resource_manager.prom';
const DRAFT = `.${FILE}.`;
/** Nobody takes so long to write one. */
const LEFT_BEHIND_MS = 60_000;
/** For everyone to read: the collector is another user. */
const MODE = 0o644;

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or somebody else was first.
  }
}

function removeLeftBehind(folder: string, now: Instant): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(DRAFT)) continue;
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() && Math.abs(now - stat.mtimeMs) > LEFT_BEHIND_MS) remove(path);
  }
}

function writeNew(path: string, text: string): void {
  // Never through what somebody else has put there: the folder may be writable for others.
  const fd = openSync(path, 'wx', MODE);
  try {
    fchmodSync(fd, MODE);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}

function failure(path: string, folder: string, error: unknown): ExpectedError {
  if (errnoOf(error) === 'ENOENT')
    return new ExpectedError('no-folder', `cannot write ${path}: there is no folder ${folder}`, {
      hint: 'make it, and have node_exporter read it: --collector.textfile.directory',
      exit: EXIT.ioError,
      cause: error,
    });
  const known = systemError('write', path, error, EXIT.ioError);
  return new ExpectedError(known.code, known.message, {
    hint:
      known.exit === EXIT.notPermitted
        ? `let this user write to ${folder}, or name another folder`
        : `see that ${folder} is a folder with room for a file; the one before is as it was`,
    exit: known.exit,
    cause: error,
  });
}

export function openTextfile(now: () => Instant): Textfile {
  const swept = new Set<string>();
  return {
    write(folder, text) {
      const path = join(folder, FILE);
      const draft = join(folder, `${DRAFT}${process.pid}.${process.hrtime.bigint().toString(36)}`);
      try {
        if (!swept.has(folder)) removeLeftBehind(folder, now());
        swept.add(folder);
        writeNew(draft, text);
        renameSync(draft, path);
      } catch (error) {
        // A draft of that name which is not ours stays where it is.
        if (errnoOf(error) !== 'EEXIST') remove(draft);
        throw failure(path, folder, error);
      }
      return path;
    },
  };
}
