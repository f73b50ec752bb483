/** Used share of the relevant file systems, counted like `df`: of the space that ordinary users may use. */
import { promises, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DiskReading } from '../../core/health/sample.ts';
import { orElse } from '../../errors.ts';

/** Fields of statfs(2) that are used here. */
export interface FileSystemFigures {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export type Statfs = (path: string) => Promise<FileSystemFigures>;

/** A network mount may hang; no second query starts before it answers. */
const TIMEOUT_MS = 2_000;
/** Disks fill slowly, and each query occupies a thread. */
const AGAIN_MS = 5_000;

export function diskReading(
  path: string,
  { bsize, blocks, bfree, bavail, files, ffree }: FileSystemFigures,
): DiskReading {
  const used = blocks - bfree;
  return {
    path,
    usedPercent: used + bavail <= 0 ? 0 : (100 * used) / (used + bavail),
    availableBytes: bavail * bsize,
    inodesUsedPercent: files <= 0 ? null : (100 * (files - ffree)) / files,
  };
}

/** The path, or its nearest existing ancestor. */
function existing(path: string): { readonly path: string; readonly device: number } | null {
  for (let at = path; ; at = dirname(at)) {
    const stat = orElse(() => statSync(at), null);
    if (stat !== null) return { path: at, device: stat.dev };
    if (at === dirname(at)) return null;
  }
}

/** Reads the fullest of the file systems that contain these paths; rejects if one of them does not answer. */
export function openDisk(
  paths: readonly string[],
  now: () => number,
  statfs: Statfs = promises.statfs,
): () => Promise<DiskReading> {
  let last: { readonly atMs: number; readonly reading: DiskReading } | null = null;
  const waiting = new Set<string>();
  const ask = (path: string): Promise<FileSystemFigures> => {
    if (waiting.has(path)) return Promise.reject(new Error(`${path}: its file system still has not answered`));
    waiting.add(path);
    let timer: NodeJS.Timeout;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${path}: its file system does not answer`)), TIMEOUT_MS).unref();
    });
    const answered = statfs(path).finally(() => {
      waiting.delete(path);
      clearTimeout(timer);
    });
    return Promise.race([answered, late]);
  };
  return async () => {
    if (last !== null && Math.abs(now() - last.atMs) < AGAIN_MS) return last.reading;
    const byDevice = new Map<number, string>();
    for (const path of paths) {
      const place = existing(path);
      if (place !== null && !byDevice.has(place.device)) byDevice.set(place.device, place.path);
    }
    const readings = await Promise.all([...byDevice.values()].map(async (path) => diskReading(path, await ask(path))));
    const fullest = readings.sort((a, b) => b.usedPercent - a.usedPercent)[0];
    if (fullest === undefined) throw new Error('none of the folders exists');
    last = { atMs: now(), reading: fullest };
    return fullest;
  };
}
