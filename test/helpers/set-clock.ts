/** Commands whose wall clock can be set while they run; the boot clock and the times of files stay. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

const PATCH = `
const { closeSync, openSync, readSync } = require('node:fs');
const RealDate = Date;
const offset = Buffer.alloc(8);
const now = () => {
  const fd = openSync(process.env.CLOCK_OFFSET);
  readSync(fd, offset, 0, 8, 0);
  closeSync(fd);
  return RealDate.now() + Number(offset.readBigInt64LE()) * 1000;
};
globalThis.Date = class extends RealDate {
  constructor(...words) { super(...(words.length === 0 ? [now()] : words)); }
  static now() { return now(); }
};
`;

export const canPreload = spawnSync('cc', ['--version']).status === 0;

/** Variables for commands with such a clock. A preloaded library sets it; without a C compiler, a patch of Date does. */
export function settableClock(folder: string) {
  const file = join(folder, 'clock-offset');
  const set = (seconds: number): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    const fd = openSync(file, 'r+');
    writeSync(fd, bytes, 0, 8, 0);
    closeSync(fd);
  };
  writeFileSync(file, Buffer.alloc(8));
  const library = join(folder, 'set-clock.so');
  const words = ['-shared', '-fPIC', '-O1', '-o', library, join(ROOT, 'test/helpers/set-clock.c'), '-ldl'];
  if (canPreload) spawnSync('cc', words);
  const patch = join(folder, 'set-clock.cjs');
  writeFileSync(patch, PATCH);
  const how = canPreload ? { LD_PRELOAD: library } : { NODE_OPTIONS: `--require ${patch}` };
  return { set, variables: { CLOCK_OFFSET: file, ...how } as Record<string, string> };
}
