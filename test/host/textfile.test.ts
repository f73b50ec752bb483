/** The file that a collector reads is whole at every moment, and no draft stays beside it. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ExpectedError } from '../../src/errors.ts';
import { openTextfile } from '../../src/host/textfile.ts';
import { collect, ROOT, start, temporaryFolder, until } from '../helpers/cli.ts';

const FILE = 'resource_manager.prom';
const open = openTextfile;

function thrown(act: () => void): ExpectedError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError);
    return error as ExpectedError;
  }
  throw new Error('nothing was thrown');
}

it('is whole during two hundred writes, and alone afterwards', async () => {
  const folder = temporaryFolder();
  const textfile = open();
  const write = (n: number) => textfile.write(folder, `text ${n}\n${'x'.repeat(n * 997)}\ntext ${n}\nend\n`);
  write(0);
  const reader = collect(
    start(process.execPath, [join(ROOT, 'test/helpers/prom-reader.cjs'), join(folder, FILE)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
  await until('it reads', () => reader.stdout().startsWith('reading\n'));
  for (let n = 1; n <= 200; n += 1) {
    write(n % 90);
    // Lets the reader run, since there may be only one processor.
    await new Promise((resolve) => setImmediate(resolve));
  }
  reader.child.stdin?.end();
  const { stdout, stderr } = await reader.result;
  const { broken, different } = JSON.parse(stdout.split('\n')[1] ?? stderr);
  expect(broken).toBe(0);
  expect(different).toBeGreaterThan(1);
  expect(readdirSync(folder)).toEqual([FILE]);
});

it('is readable by everyone, and its path is returned', () => {
  const folder = temporaryFolder();
  const before = process.umask(0o077);
  try {
    expect(open().write(folder, 'a 1\n')).toBe(join(folder, FILE));
  } finally {
    process.umask(before);
  }
  expect(statSync(join(folder, FILE)).mode & 0o777).toBe(0o644);
});

it('leaves no draft and changes nothing when a folder is in its place', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, FILE, 'in the way'), { recursive: true });
  const error = thrown(() => open().write(folder, 'a 1\n'));
  expect([error.exit, error.message]).toEqual([74, `cannot write ${join(folder, FILE)}: it is a folder`]);
  expect(readdirSync(folder)).toEqual([FILE]);
});

it('replaces a link, and leaves its target alone', () => {
  const folder = temporaryFolder();
  const elsewhere = join(temporaryFolder(), 'precious');
  writeFileSync(elsewhere, 'precious');
  symlinkSync(elsewhere, join(folder, FILE));
  open().write(folder, 'a 1\n');
  expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
  expect(readFileSync(join(folder, FILE), 'utf8')).toBe('a 1\n');
});

it('removes old drafts of killed writers, and nothing else', () => {
  const folder = temporaryFolder();
  const old = new Date(Date.now() - 120_000);
  for (const name of [`.${FILE}.1.old`, `.${FILE}.1.new`, 'other.prom', '.other']) {
    writeFileSync(join(folder, name), '');
    if (!name.endsWith('.new')) utimesSync(join(folder, name), old, old);
  }
  open().write(folder, 'a 1\n');
  expect(readdirSync(folder).sort()).toEqual(['.other', `.${FILE}.1.new`, 'other.prom', FILE]);
});

it.each([
  ['a missing folder', '', 'missing', /there is no folder .*missing$/],
  ['a file in its place', 'file', 'file', /a part of the path is not a folder$/],
])('%s is an error 74 with a hint', (_name, file, name, message) => {
  const folder = temporaryFolder();
  if (file) writeFileSync(join(folder, file), '');
  const error = thrown(() => open().write(join(folder, name), 'a 1\n'));
  expect(error.exit).toBe(74);
  expect(error.message).toMatch(message);
  expect(error.hint).not.toBeNull();
});
