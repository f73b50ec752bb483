import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { orElse, systemError } from '../../src/errors.ts';
import { readRegular } from '../../src/files/regular-file.ts';
import { temporaryFolder } from '../helpers/cli.ts';

const MOST = { mostBytes: 1000 };

/** The message with which a command refuses the path. */
function refusal(path: string, options: Parameters<typeof readRegular>[1] = MOST): string {
  try {
    readRegular(path, options);
    return 'read';
  } catch (error) {
    const { message, exit } = systemError('read', 'it', error);
    return `${exit} ${message}`;
  }
}

it('whatever is no regular file is refused at once, and named', async () => {
  const folder = temporaryFolder();
  const pipe = join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const socket = join(folder, 'socket');
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  const link = join(folder, 'zero');
  symlinkSync('/dev/zero', link);

  expect(refusal(pipe)).toBe('74 cannot read it: it is a pipe, not a file');
  expect(refusal(pipe, { ...MOST, flags: constants.O_WRONLY })).toBe(
    '74 cannot read it: it is a socket, pipe or device, not a file',
  );
  expect(refusal(socket)).toBe('74 cannot read it: it is a socket, pipe or device, not a file');
  expect(refusal(link)).toBe('74 cannot read it: it is a device, not a file');
  expect(refusal(folder)).toBe('74 cannot read it: it is a folder, not a file');
  expect(refusal(folder, { ...MOST, flags: constants.O_WRONLY })).toBe('74 cannot read it: it is a folder, not a file');
  expect(refusal(link, { ...MOST, isLinkRefused: true })).toBe('74 cannot read it: it is a link, not a file');
  server.close();
});

it('a file beyond its bound is refused, also one that states no size and never ends', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, 'x'.repeat(1000));
  expect(refusal(path)).toBe('read');
  writeFileSync(path, 'x'.repeat(1001));
  expect(refusal(path)).toBe('65 cannot read it: it has more than 1000 bytes');
  truncateSync(path, 100 * 2 ** 30);
  expect(refusal(path, { mostBytes: 64 << 20 })).toBe('65 cannot read it: it has more than 64 MiB');
  expect(statSync('/proc/kallsyms').size).toBe(0);
  expect(refusal('/proc/kallsyms', { mostBytes: 64 << 10 })).toBe('65 cannot read it: it has more than 64 KiB');
});

it('a file is read as a whole, with and without a size, and through a link', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'file');
  for (const text of ['', 'a', 'ä'.repeat(400)]) {
    writeFileSync(path, text);
    expect(readRegular(path, MOST).toString()).toBe(text);
  }
  symlinkSync(path, join(folder, 'link'));
  expect(readRegular(join(folder, 'link'), MOST).toString()).toBe('ä'.repeat(400));
  expect(readRegular('/proc/self/stat', MOST).toString()).toContain(`${process.pid} (`);
});

it('descriptors of refused files are closed', () => {
  const folder = temporaryFolder();
  const isOpen = (): boolean =>
    readdirSync('/proc/self/fd').some((fd) => orElse(() => readlinkSync(`/proc/self/fd/${fd}`), '') === folder);
  const fd = openSync(folder, 'r');
  expect(isOpen()).toBe(true);
  closeSync(fd);
  expect(refusal(folder)).toContain('it is a folder');
  expect(isOpen()).toBe(false);
});
