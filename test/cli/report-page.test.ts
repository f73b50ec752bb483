/** `report --html`: the place of the page, the answer, and the errors when it cannot be written. */
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
  it('is written whole and readable for all, and the answer names it', () => {
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

  it('allows its own script by its digest', () => {
    const { stdout } = report(['--html', '-']);
    const script = stdout.slice(stdout.lastIndexOf('<script>') + '<script>'.length, stdout.lastIndexOf('</script>'));
    expect(script).toContain('Chart.js v4');
    const digest = createHash('sha256').update(script).digest('base64');
    expect(stdout).toContain(`script-src &#39;sha256-${digest}&#39;`);
  });

  it('replaces the file that a link points to, and no device', () => {
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

  it('goes to standard output for -, and can be written beside a --json answer', () => {
    const { status, stdout } = report(['--html', '-']);
    expect({ status, head: stdout.slice(0, 15) }).toEqual({ status: 0, head: '<!DOCTYPE html>' });
    const box = sandbox();
    const file = join(box.dir, 'report.html');
    const { answer } = box.json('resource-manager', ['report', '--html', file]);
    expect(answer).toMatchObject({ schema_version: 1, events: 0 });
    expect(readFileSync(file, 'utf8')).toContain('<!DOCTYPE html>');
  });

  it('of a workflow has only the usage of that workflow', () => {
    const box = sandbox();
    for (const workflow of ['nightly', 'daily'])
      box.run('resource-manager', ['budget', 'allocate', `p/${workflow}`, '--tokens', '9k', '--workflow', workflow]);
    box.run('report-usage', ['p/nightly', '--tokens', '1111']);
    box.run('report-usage', ['p/daily', '--tokens', '3333']);
    const { stdout } = report(['nightly', '--html', '-'], box);
    expect(stdout).toContain('<h1>Report of nightly</h1>');
    expect(stdout).toContain('tokens in each step: 1.11k in total');
    expect(stdout).not.toContain('p/daily');
  });
});

describe('a page is refused', () => {
  it.each([
    ['with two answers on standard output', ['--html', '-', '--json'], 64, /both answer on standard output/],
    ['without a name', ['--html='], 64, /--html/],
    [
      'without its folder',
      ['--html', '/nonexistent/folder/r.html'],
      74,
      /^error: cannot write .+: there is no folder \/nonexistent\/folder\n/,
    ],
    ['on a full disk', ['--html', '/dev/full'], 74, /^error: cannot write \/dev\/full: the disk is full\nhint: /],
  ] as const)('%s', (_, args, status, want) => {
    const { stdout, stderr, ...result } = report(args);
    expect(result.status).toBe(status);
    expect(`${stderr}${stdout}`).toMatch(want);
  });

  it('with exit 74 in place of a folder, and leaves no draft', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'r.html'));
    expect(report(['--html', join(folder, 'r.html')])).toMatchObject({
      status: 74,
      stderr: expect.stringMatching(/^error: cannot write .+: it is a folder\nhint: .+\n$/),
    });
    expect(readdirSync(folder)).toEqual(['r.html']);
  });

  it.runIf(process.getuid?.() === 0)('with exit 77 in a folder of another user', () => {
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
