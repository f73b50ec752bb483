/** Whole files are written: never through a link, and without leftovers. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFile, placeNew, replaceFile } from '../../src/files/atomic.ts';
import { temporaryFolder } from '../helpers/cli.ts';

const NEW = Buffer.from('new');
const isRoot = process.geteuid?.() === 0;
const textOf = (path: string): string => readFileSync(path, 'utf8');

/** A folder with a file, and a link to a file elsewhere. */
function aFolder() {
  const folder = temporaryFolder();
  const [file, link, elsewhere] = ['file', 'link', 'elsewhere'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, 'old');
  writeFileSync(elsewhere, 'precious');
  symlinkSync(elsewhere, link);
  return { folder, file, link, elsewhere, names: () => readdirSync(folder).sort() };
}

const withUmask = (mask: number, act: () => void): void => {
  const before = process.umask(mask);
  try {
    act();
  } finally {
    process.umask(before);
  }
};

describe('creating', () => {
  it.each(['file', 'link'])('refuses a name that a %s already has', (name) => {
    const { folder, elsewhere, file, names } = aFolder();
    expect(() => createFile(join(folder, name), NEW, {})).toThrow(/EEXIST/);
    expect(placeNew(join(folder, name), NEW, { isDurable: true })).toBe(false);
    expect([textOf(elsewhere), textOf(file)]).toEqual(['precious', 'old']);
    expect(names()).toEqual(['elsewhere', 'file', 'link']);
  });

  it('gives the file the mode asked for, or else the mode that the umask leaves', () => {
    const { folder, names } = aFolder();
    withUmask(0o027, () => {
      expect(placeNew(join(folder, 'a'), NEW, { mode: 0o664 })).toBe(true);
      createFile(join(folder, 'b'), NEW, {});
    });
    expect(['a', 'b'].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o664, 0o640]);
    expect(names()).toEqual(['a', 'b', 'elsewhere', 'file', 'link']);
  });

  it('removes the file when it cannot be written', () => {
    const { folder, names } = aFolder();
    expect(() => createFile(join(folder, 'a'), { length: 1 } as never, {})).toThrow();
    expect(names()).toEqual(['elsewhere', 'file', 'link']);
  });
});

describe('replacing', () => {
  it('keeps the mode of the file whatever the umask, unless another is asked for', () => {
    const { file, names } = aFolder();
    chmodSync(file, 0o666);
    withUmask(0o077, () => replaceFile(file, NEW, { isDurable: true }));
    expect([textOf(file), statSync(file).mode & 0o777]).toEqual(['new', 0o666]);
    replaceFile(file, NEW, { mode: 0o600 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(names()).toEqual(['elsewhere', 'file', 'link']);
  });

  it.skipIf(!isRoot)('as root keeps the owner of the file, unless another is asked for', () => {
    const { file } = aFolder();
    chownSync(file, 12345, 12346);
    replaceFile(file, NEW);
    expect([statSync(file).uid, statSync(file).gid]).toEqual([12345, 12346]);
    replaceFile(file, NEW, { owner: { uid: 12347, gid: 12348 } });
    expect([statSync(file).uid, statSync(file).gid]).toEqual([12347, 12348]);
  });

  it('replaces a link by a file and leaves the target of the link alone', () => {
    const { link, elsewhere } = aFolder();
    chmodSync(elsewhere, 0o640);
    withUmask(0o022, () => replaceFile(link, NEW));
    expect(textOf(elsewhere)).toBe('precious');
    expect([lstatSync(link).isFile(), lstatSync(link).mode & 0o777]).toEqual([true, 0o644]);
  });

  it('leaves everything as it was when it fails', () => {
    const { folder, names } = aFolder();
    mkdirSync(join(folder, 'sub', 'sub'), { recursive: true });
    expect(() => replaceFile(join(folder, 'sub'), NEW)).toThrow(/EISDIR/);
    expect(() => replaceFile(join(folder, 'none', 'file'), NEW)).toThrow(/ENOENT/);
    expect(names()).toEqual(['elsewhere', 'file', 'link', 'sub']);
  });

  it('removes the drafts of killed writers of the same file, and nothing else', () => {
    const { folder, file, names } = aFolder();
    const [left, kept] = [
      ['.file.1.a', '.file.22.0z9'],
      [
        '.file.1.young',
        '.file',
        '.file.',
        '.file.1',
        '.file.a.b',
        '.file.1.B',
        '.file.1.a.b',
        '.file2.1.a',
        'file.1.a',
      ],
    ];
    for (const name of [...left, ...kept]) {
      writeFileSync(join(folder, name), '');
      if (!name.endsWith('young')) utimesSync(join(folder, name), 0, 0);
    }
    mkdirSync(join(folder, '.file.3.c'));
    utimesSync(join(folder, '.file.3.c'), 0, 0);
    replaceFile(file, NEW);
    expect(names()).toEqual(['elsewhere', 'file', 'link', ...kept, '.file.3.c'].sort());
  });
});
