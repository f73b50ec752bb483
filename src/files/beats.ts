/** The beats of processes: one small file each, in a folder that only the user who writes them may write to. */
import { closeSync, constants, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Beat, beatIn, beatName, beatText, isMissed, nextBeat } from '../core/model/beat.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { orElse } from '../errors.ts';
import { makeFolder } from './folder.ts';
import { eachUserFolder, ownPlace } from './own-folder.ts';
import { openRegular, readRegular } from './regular-file.ts';
import { discard } from './sweep.ts';
import { isShared } from './trust.ts';

const FOLDER = 'beats';
const FILE = { mostBytes: 200, isLinkRefused: true };
const WRITE = { ...FILE, flags: constants.O_WRONLY | constants.O_CREAT, mode: 0o644 };

export interface Beats {
  /** Writes a beat of a process, unless one was written just now. Never throws: without a beat nothing is freed. */
  write(ref: ProcessRef, everyMs: number): void;
  /** The last beat of a process, of all users' records of it; null without one. */
  read(ref: ProcessRef): Beat | null;
  /** True if a process has given a beat and then missed several. */
  isMissed(ref: ProcessRef): boolean;
  /** Removes this user's missed beats of processes that `isNamed` does not know. Never throws. */
  sweep(isNamed: (name: string) => boolean): void;
  /** Milliseconds since a beat. */
  ageMs(beat: Beat): number;
}

const readBeat = (folder: string, name: string): Beat | null =>
  orElse(() => beatIn(readRegular(join(folder, FOLDER, name), FILE).toString('latin1')), null);

/** The beats of a state. `nowMs` is the clock of `Beat`. */
export function openBeats(dir: string, nowMs: () => number): Beats {
  const read = (ref: ProcessRef): Beat | null => {
    const name = beatName(ref);
    if (name === null) return null;
    if (!isShared(dir)) return readBeat(dir, name);
    let last: Beat | null = null;
    eachUserFolder(dir, ({ folder }) => {
      const beat = readBeat(folder, name);
      if (beat !== null && (last === null || beat.atMs > last.atMs)) last = beat;
    });
    return last;
  };
  const writeText = (folder: string, name: string, beat: Beat): void => {
    const { fd } = openRegular(join(folder, name), WRITE);
    try {
      writeSync(fd, beatText(beat), 0);
    } finally {
      closeSync(fd);
    }
  };
  return {
    read,
    write(ref, everyMs) {
      const name = beatName(ref);
      if (name === null) return;
      orElse(() => {
        const place = ownPlace(dir);
        const beat = nextBeat(readBeat(place, name), everyMs, nowMs());
        if (beat === null) return;
        const folder = join(place, FOLDER);
        makeFolder(folder, 0o755);
        writeText(folder, name, beat);
      }, undefined);
    },
    isMissed(ref) {
      const beat = orElse(() => read(ref), null);
      return beat !== null && isMissed(beat, nowMs());
    },
    sweep(isNamed) {
      orElse(() => {
        const place = ownPlace(dir);
        for (const name of readdirSync(join(place, FOLDER))) {
          const beat = readBeat(place, name);
          if (!isNamed(name) && beat !== null && isMissed(beat, nowMs())) discard(join(place, FOLDER, name));
        }
      }, undefined);
    },
    ageMs: ({ atMs }) => Math.max(0, nowMs() - atMs),
  };
}
