/** Folders like /proc and /sys of machines that this one is not. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './cli.ts';

export const GIB = 2 ** 30;
export const meminfo = (totalGib: number, availableGib: number, swap = 'SwapTotal: 0 kB\nSwapFree: 0 kB\n') =>
  `MemTotal:       ${totalGib * 2 ** 20} kB\nMemFree:         1 kB\nMemAvailable:   ${availableGib * 2 ** 20} kB\n${swap}`;
export const stat = (busy: number, idle: number, more = '') =>
  `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n${more}`;

export interface Tree {
  readonly proc: string;
  readonly cgroup: string;
  readonly hugePages: string;
  write(path: string, text: string): void;
  remove(path: string): void;
}

/** A machine with 16 GiB of memory, 8 of them available, 2 cores and no limits. */
export function aMachine(files: Record<string, string> = {}): Tree {
  const root = temporaryFolder();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const usual = {
    'proc/meminfo': meminfo(16, 8),
    'proc/stat': stat(100, 100),
    'proc/loadavg': '1.50 1.20 1.00 2/300 4711\n',
    'proc/self/cgroup': '0::/\n',
    'cgroup/cgroup.controllers': '',
  };
  for (const [path, text] of Object.entries({ ...usual, ...files })) write(path, text);
  return {
    proc: join(root, 'proc'),
    cgroup: join(root, 'cgroup'),
    hugePages: join(root, 'hugepages'),
    write,
    remove: (path) => rmSync(join(root, path), { recursive: true }),
  };
}
