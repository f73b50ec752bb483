/** `report --html`: where the page goes, what is said of it, and what happens where it cannot go. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binary, cleanEnvironment, sandbox, temporaryFolder } from '../helpers/cli.ts';

const report = (args: readonly string[], box = sandbox()) => box.run('resource-manager', ['report', ...args]);

describe('the page', () => {
  it('is written whole, for anybody to read, and said to be', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'report.html');
    const { status, stdout, stderr } = report(['--html', file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const text = readFileSync(file, 'utf8');
    expect(stdout).toBe(`✅ Wrote ${file} (${Math.ceil(Buffer.byteLength(text) / 1024)} KB)\n`);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(text).toMatch(/^<!DOCTYPE html>[\s\S]+<\/html>\n$/);
    expect(readdirSync(folder)).toEqual(['report.html']);
  });

  it('lets run the script that is in it, by its digest', () => {
    const { stdout } = report(['--html', '-']);
    const script = stdout.slice(stdout.lastIndexOf('<script>') + '<script>'.length, stdout.lastIndexOf('</script>'));
    expect(script).toContain('Chart.js v4');
    const digest = createHash('sha256').update(script).digest('base64');
    expect(stdout).toContain(`script-src &#39;sha256-${digest}&#39;`);
  });

  it('replaces the one before, where a link points to, and nothing that is not a file', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'old.html');
    const link = join(folder, 'link.html');
    writeFileSync(file, 'old', { mode: 0o600 });
    symlinkSync('old.html', link);
    expect(report(['--html', link]).status).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('<!DOCTYPE html>');
    expect(readdirSync(folder).sort()).toEqual(['link.html', 'old.html']);
    expect(report(['--html', '/dev/null']).status).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('goes to standard output for -, and beside a file --json is answered', () => {
    const { status, stdout } = report(['--html', '-']);
    expect({ status, head: stdout.slice(0, 15) }).toEqual({ status: 0, head: '<!DOCTYPE html>' });
    const box = sandbox();
    const file = join(box.dir, 'report.html');
    const { answer } = box.json('resource-manager', ['report', '--html', file]);
    expect(answer).toMatchObject({ schema_version: 1, events: 0 });
    expect(readFileSync(file, 'utf8')).toContain('<!DOCTYPE html>');
  });

  it('of a workflow has what was used in it only', () => {
    const box = sandbox();
    for (const workflow of ['nightly', 'daily'])
      box.run('resource-manager', ['budget', 'allocate', `p/${workflow}`, '--tokens', '9k', '--workflow', workflow]);
    box.run('report-usage', ['p/nightly', '--tokens', '1111']);
    box.run('report-usage', ['p/daily', '--tokens', '3333']);
    const { stdout } = report(['nightly', '--html', '-'], box);
    expect(stdout).toContain('<h1>Report of nightly</h1>');
    expect(stdout).toContain('tokens in each step: 1.11k in all');
    expect(stdout).not.toContain('p/daily');
  });
});

describe('a page that cannot be', () => {
  it.each([
    ['answers twice', ['--html', '-', '--json'], 64, /both answer on standard output/],
    ['has no name', ['--html='], 64, /--html/],
    [
      'has no folder',
      ['--html', '/nonexistent/folder/r.html'],
      74,
      /^error: cannot write .+: there is no folder \/nonexistent\/folder\n/,
    ],
    ['is on a full disk', ['--html', '/dev/full'], 74, /^error: cannot write \/dev\/full: the disk is full\nhint: /],
  ] as const)('for it %s: says so', (_, args, status, want) => {
    const { stdout, stderr, ...result } = report(args);
    expect(result.status).toBe(status);
    expect(`${stderr}${stdout}`).toMatch(want);
  });

  it('for there is a folder of its name: 74, and no draft is left', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'r.html'));
    expect(report(['--html', join(folder, 'r.html')])).toMatchObject({
      status: 74,
      stderr: expect.stringMatching(/^error: cannot write .+: it is a folder\nhint: .+\n$/),
    });
    expect(readdirSync(folder)).toEqual(['r.html']);
  });

  it.runIf(process.getuid?.() === 0)('for its folder is another user’s: 77', () => {
    const box = sandbox();
    const folder = temporaryFolder();
    box.run('request-slots', ['p', '1']);
    chmodSync(box.dir, 0o755);
    chmodSync(folder, 0o755);
    const { status, stderr } = spawnSync(
      process.execPath,
      [binary('resource-manager'), 'report', '--html', join(folder, 'r.html')],
      {
        uid: 65534,
        gid: 65534,
        encoding: 'utf8',
        env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, HOME: '/nonexistent' }),
      },
    );
    expect(status).toBe(77);
    expect(stderr).toMatch(/^error: cannot write .+r\.html: permission denied\nhint: name a file in a folder/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
