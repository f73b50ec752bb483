/** The repository around a folder, in real repositories with work trees, submodules and links. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryOf } from '../../src/host/repository.ts';
import { temporaryFolder } from '../helpers/cli.ts';

function git(...args: readonly string[]): void {
  const own = ['user.name=a', 'user.email=a@example.org', 'protocol.file.allow=always', 'init.defaultBranch=main'];
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  execFileSync('git', [...own.flatMap((one) => ['-c', one]), ...args], { env, stdio: 'ignore' });
}

/** A repository with one commit. */
function aRepository() {
  const root = realpathSync(temporaryFolder());
  const repo = join(root, 'src', 'consilio');
  git('init', '-q', repo);
  git('-C', repo, 'commit', '--allow-empty', '-m', 'begin');
  return { root, repo, at: (name: string) => join(root, name) };
}

const nameOf = (folder: string): string | null => {
  const found = repositoryOf(folder);
  return found === null ? null : basename(found.main);
};

it('a work tree is the repository that it belongs to, wherever it lies', () => {
  const { repo, at } = aRepository();
  for (const path of [join(repo, '.claude/worktrees/fix-login'), at('elsewhere/wt-1a2b')]) {
    git('-C', repo, 'worktree', 'add', '-q', path);
    mkdirSync(join(path, 'deep/er'), { recursive: true });
    expect(repositoryOf(join(path, 'deep/er'))).toEqual({
      folder: join(path, 'deep/er'),
      workTree: path,
      main: repo,
    });
  }
  expect(repositoryOf(join(repo, 'lib'))).toEqual({ folder: join(repo, 'lib'), workTree: repo, main: repo });
  expect(nameOf(join(repo, '.git/hooks'))).toBe('consilio');
  expect(repositoryOf(at('elsewhere'))).toBe(null);
});

it('a work tree that was moved, pruned or removed still has its repository', () => {
  const { root, repo, at } = aRepository();
  git('-C', repo, 'worktree', 'add', '-q', at('wt'));
  renameSync(at('wt'), at('moved'));
  expect(nameOf(at('moved'))).toBe('consilio');
  git('-C', repo, 'worktree', 'prune');
  expect(nameOf(at('moved'))).toBe('consilio');
  renameSync(join(root, 'src'), at('archive'));
  expect(nameOf(at('moved'))).toBe('consilio');
  const inside = join(root, 'archive/consilio/.claude/worktrees/gone/lib');
  expect(nameOf(inside)).toBe('consilio');
});

it('a relative link to the repository counts from where it stands', () => {
  const { repo, at } = aRepository();
  git('-C', repo, 'worktree', 'add', '-q', at('wt'));
  writeFileSync(at('wt/.git'), 'gitdir: ../wt/../src/consilio/.git/worktrees/wt\r\n');
  symlinkSync(at('wt'), at('link'));
  expect([nameOf(at('wt')), nameOf(at('link'))]).toEqual(['consilio', 'consilio']);
});

it('work trees of a bare repository have its name, and so has the repository', () => {
  const { root, repo, at } = aRepository();
  git('clone', '-q', '--bare', repo, at('odin.git'));
  git('-C', at('odin.git'), 'worktree', 'add', '-q', at('wt'), 'main');
  expect([nameOf(at('wt')), nameOf(at('odin.git')), nameOf(at('odin.git/refs'))]).toEqual(['odin', 'odin', 'odin']);
  mkdirSync(at('hera'));
  git('clone', '-q', '--bare', repo, at('hera/.bare'));
  writeFileSync(at('hera/.git'), 'gitdir: ./.bare\n');
  git('-C', at('hera'), 'worktree', 'add', '-q', at('hera/main'), 'main');
  expect([nameOf(at('hera')), nameOf(at('hera/main')), nameOf(at('hera/.bare'))]).toEqual(['hera', 'hera', 'hera']);
  git('clone', '-q', '--bare', repo, join(root, 'zeus/.git'));
  git('-C', join(root, 'zeus/.git'), 'worktree', 'add', '-q', at('zeus/main'), 'main');
  expect(nameOf(at('zeus/main'))).toBe('zeus');
});

it('a submodule is a repository of its own, in every work tree', () => {
  const { repo, at } = aRepository();
  git('init', '-q', at('library'));
  git('-C', at('library'), 'commit', '--allow-empty', '-m', 'begin');
  git('-C', repo, 'submodule', 'add', '-q', at('library'), 'deps/lib');
  git('-C', repo, 'commit', '-m', 'add');
  expect(nameOf(join(repo, 'deps/lib'))).toBe('lib');
  git('-C', repo, 'worktree', 'add', '-q', at('wt'));
  git('-C', at('wt'), 'submodule', 'update', '--init', '-q');
  expect(nameOf(at('wt/deps/lib'))).toBe('lib');
  git('-C', join(repo, 'deps/lib'), 'worktree', 'add', '-q', at('lib-fix'));
  expect(nameOf(at('lib-fix'))).toBe('lib');
});

it('a git folder that lies apart names its work trees alike', () => {
  const { at } = aRepository();
  mkdirSync(at('store'));
  git('init', '-q', `--separate-git-dir=${at('store/odin.git')}`, at('main'));
  git('-C', at('main'), 'commit', '--allow-empty', '-m', 'begin');
  git('-C', at('main'), 'worktree', 'add', '-q', at('other'));
  expect([nameOf(at('main')), nameOf(at('other'))]).toEqual(['odin', 'odin']);
});

it('links to a folder or to a git folder lead to the repository', () => {
  const { repo, at } = aRepository();
  mkdirSync(join(repo, 'lib'));
  symlinkSync(repo, at('shortcut'));
  symlinkSync(join(repo, 'lib'), at('library'));
  mkdirSync(at('view'));
  symlinkSync(join(repo, '.git'), at('view/.git'));
  expect(['shortcut', 'shortcut/lib', 'library', 'view'].map((name) => nameOf(at(name)))).toEqual(
    Array(4).fill('consilio'),
  );
});

it('an odd .git entry leaves the folder its own name', () => {
  const { at } = aRepository();
  mkdirSync(at('odd/lib'), { recursive: true });
  for (const text of ['', 'gitdir:\n', 'what\n', 'gitdir: /nowhere/at/all\n', `gitdir: ${'x'.repeat(70_000)}`]) {
    writeFileSync(at('odd/.git'), text);
    expect(nameOf(at('odd/lib'))).toBe('odd');
  }
  rmSync(at('odd/.git'));
  execFileSync('mkfifo', [at('odd/.git')]);
  expect(nameOf(at('odd/lib'))).toBe('odd');
  rmSync(at('odd/.git'));
  symlinkSync(at('nowhere'), at('odd/.git'));
  expect(nameOf(at('odd/lib'))).not.toBe(null);
});
