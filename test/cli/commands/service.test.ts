/** The service for the monitor, with stand-ins for systemd and cron on the PATH that record their calls. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MOST_AT_ONCE } from '../../../src/host/notify/notifier.ts';
import { changedCrontab, cronJob } from '../../../src/host/service/cron.ts';
import { serviceEnvironment } from '../../../src/host/service/environment.ts';
import { systemdManager, unitText } from '../../../src/host/service/systemd.ts';
import { sandbox, temporaryFolder } from '../../helpers/cli.ts';

/** A folder of tools: each is a shell script. */
function tools(scripts: Record<string, string>): {
  path: string;
  calls: () => string[];
  home: string;
  crontab: string;
} {
  const folder = temporaryFolder();
  const [log, home, crontab] = [join(folder, 'calls'), join(folder, 'home'), join(folder, 'crontab.txt')];
  mkdirSync(join(folder, 'bin'));
  mkdirSync(home);
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${log}"\nCRONTAB="${crontab}"\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return {
    path: `${join(folder, 'bin')}:/usr/bin:/bin`,
    home,
    crontab,
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []),
  };
}

const NO_SYSTEMD = { systemctl: 'echo offline; exit 1', loginctl: 'exit 1' };
const CRON = {
  ...NO_SYSTEMD,
  crontab: `case "$1" in
  -l) [ -e "$CRONTAB" ] || { echo "no crontab for somebody" >&2; exit 1; }; cat "$CRONTAB" ;;
  -) cat > "$CRONTAB" ;;
esac`,
};
const SYSTEMD = {
  systemctl: `case "$*" in
  *is-system-running*) echo degraded; exit 1 ;;
  *is-active*) echo active ;;
  *show*) echo "Tue 2026-11-24 10:00:00 UTC" ;;
esac`,
  loginctl: 'echo no',
};

describe('cron', () => {
  it('gets one line, however often it is installed, and loses only that line', () => {
    const { path, crontab, home } = tools(CRON);
    const box = sandbox();
    const foreign = '# mine\nMAILTO=me\n*/5 * * * * /usr/bin/true # agent-resource-manager\n';
    writeFileSync(crontab, foreign);
    const service = (...args: string[]) =>
      box.run('resource-manager', ['service', ...args], { PATH: path, HOME: home });
    expect(service('status').status).toBe(1);
    expect(service('install', '--dry-run').stdout).toContain('would add to the crontab: * * * * * ');
    expect(readFileSync(crontab, 'utf8')).toBe(foreign);
    expect(service('install').status).toBe(0);
    expect(service('install').status).toBe(0);
    const text = readFileSync(crontab, 'utf8');
    expect(text.startsWith(foreign)).toBe(true);
    expect(text.slice(foreign.length)).toMatch(
      /^\* \* \* \* \* HOME='.*' RESOURCE_MANAGER_DIR='.*' '.*' '.*resource-manager.cjs' 'monitor' '--dir' '.*' '--once' >\/dev\/null 2>&1 # agent-resource-manager monitor\n$/,
    );
    expect(service('status')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Installed and active (cron: crontab)'),
    });
    expect(service('uninstall').status).toBe(0);
    expect(readFileSync(crontab, 'utf8')).toBe(foreign);
    expect(service('uninstall').stdout).toBe('Nothing was installed.\n');
  });

  it('gets a new crontab if there is none, and a missing cron is an error with a hint', () => {
    const { path, crontab, home } = tools(CRON);
    const box = sandbox();
    expect(box.run('resource-manager', ['service', 'install'], { PATH: path, HOME: home }).status).toBe(0);
    expect(readFileSync(crontab, 'utf8').split('\n')).toHaveLength(2);
    const bare = tools(NO_SYSTEMD);
    const none = box.run('resource-manager', ['service', 'install'], {
      PATH: bare.path.replace(':/usr/bin:/bin', ''),
      HOME: bare.home,
    });
    expect(none.status).toBe(69);
    expect(none.stderr).toMatch(/hint: put this where jobs are started on this machine: \* \* \* \* \* /);
  });

  it('gets quoted words', () => {
    expect(cronJob(['/a b/node', "it's", '50%'], { variables: [['TZ', 'UTC']] }).line).toBe(
      "* * * * * TZ='UTC' '/a b/node' 'it'\\''s' '50'\\%'' >/dev/null 2>&1 # agent-resource-manager monitor",
    );
    const long = cronJob(['node'], { variables: [['PATH', '/x'.repeat(600)]] });
    expect(long.line).toContain("PATH='/usr/local/bin:/usr/bin:/bin' 'node'");
    expect(long.hasShortPath).toBe(true);
    expect(() => cronJob(['/x'.repeat(600)], { variables: [] })).toThrow(/at most 990 characters/);
    expect(changedCrontab('x', 'y')).toBe('x\ny\n');
  });
});

const NONE = { variables: [], absent: [] };

describe('systemd', () => {
  it.runIf(process.geteuid?.() !== 0 || !existsSync('/run/systemd/system'))(
    'of the user gets a unit, loads it, and loses it on uninstall',
    () => {
      const { path, calls, home } = tools(SYSTEMD);
      const box = sandbox();
      const service = (...args: string[]) =>
        box.run('resource-manager', ['service', ...args], { PATH: path, HOME: home, XDG_CONFIG_HOME: '' });
      const unit = join(home, '.config/systemd/user/resource-manager-monitor.service');
      service('install', '--dry-run');
      expect(existsSync(unit)).toBe(false);
      const { stderr } = service('install', '--interval', '5s');
      expect(stderr).toContain('loginctl enable-linger');
      const text = readFileSync(unit, 'utf8');
      expect(text).toMatch(/^ExecStart=".*" ".*resource-manager.cjs" "monitor" "--dir" ".*" "--interval" "5s"$/m);
      expect(calls().filter((call) => !call.includes('running') && call.startsWith('systemctl'))).toEqual([
        'systemctl --user daemon-reload',
        'systemctl --user enable --now resource-manager-monitor.service',
        'systemctl --user restart resource-manager-monitor.service',
      ]);
      // Another shell, with another environment, finds the same service, at the interval that it was installed with.
      const { stdout } = box.run('resource-manager', ['service', 'status'], {
        PATH: `${path}:/x`,
        HOME: home,
        XDG_CONFIG_HOME: '',
      });
      expect(stdout).toContain('Installed and active (systemd-user');
      expect(stdout).not.toContain('install it again');
      writeFileSync(unit, text.replace('TasksMax=', 'TasksMax=1'));
      expect(service('status').stdout).toContain('install it again');
      expect(service('uninstall').status).toBe(0);
      expect(existsSync(unit)).toBe(false);
    },
  );

  it('that fails is reported, and gets quoted words', () => {
    const { path, home } = tools({
      ...SYSTEMD,
      systemctl: `case "$*" in *is-system-running*) echo running ;; *) echo "no bus" >&2; exit 1 ;; esac`,
    });
    const refused = sandbox().run('resource-manager', ['service', 'install'], { PATH: path, HOME: home });
    expect([refused.status, refused.stderr.includes('no bus')]).toEqual([74, true]);
    expect(unitText(['/a b/node', '50%', '$HOME', 'q"x'], false, NONE)).toContain(
      'ExecStart="/a b/node" "50%%" "$$HOME" "q\\"x"\n',
    );
    expect(unitText(['x'], false, NONE)).not.toContain('OOMScoreAdjust');
    const root = temporaryFolder();
    expect(
      systemdManager({ words: ['x'], environment: NONE, isSystem: true, env: {}, root }).install()[0]?.text,
    ).toContain('OOMScoreAdjust=-500');
  });
});

it('refuses an unknown verb and lists its verbs', () => {
  const { status, stderr } = sandbox().run('resource-manager', ['service', 'start']);
  expect([status, stderr.includes('install, uninstall, status')]).toEqual([64, true]);
});

/** The shell line that cron makes of a crontab's line. */
const CRONS: Readonly<Record<string, (line: string) => string>> = {
  cronie: (line) => line.replace(/\\(.)|%.*$/gs, (all, next) => (next === '%' ? '%' : next === undefined ? '' : all)),
  vixie: (line) =>
    line.replace(/\\(.)|%.*$/gs, (all, next) => (next === '%' || next === '\\' ? next : next === undefined ? '' : all)),
  'one without percent signs': (line) => line,
};

it.each(Object.keys(CRONS))('a word reaches the program through %s as it is', (cron) => {
  for (const word of ['50%', 'a\\%b', '%%', "it's %", '\\', '\\\\', "\\'", '~ $HOME `id` "x"', 'a\\\\%']) {
    const { line } = cronJob(['printf', '%s', word], { variables: [] });
    const command = line.replace(/^(?:\* ){5}/, '').replace(/ >\/dev\/null.*/, '');
    const { stdout } = spawnSync('/bin/sh', ['-c', CRONS[cron]?.(command) ?? ''], { encoding: 'utf8' });
    expect([cron, word, stdout]).toEqual([cron, word, word]);
  }
});

it('a service of a folder with odd characters is known again', () => {
  const { path, home } = tools(CRON);
  const folder = join(temporaryFolder(), "50% of\\ it's");
  const service = (verb: string) =>
    sandbox().run('resource-manager', ['service', verb, '--dir', folder], { PATH: path, HOME: home });
  expect(service('install').status).toBe(0);
  expect(service('status').stdout).not.toContain('install it again');
});

it('a folder with a line break breaks no crontab: it is refused', () => {
  const { path, home, crontab } = tools(CRON);
  writeFileSync(crontab, '# mine\n');
  const box = sandbox();
  for (const dir of ['a\nb', 'a\rb', 'a\u0007b']) {
    const words = ['service', 'install', '--dir', join(home, dir)];
    expect(box.run('resource-manager', words, { PATH: path, HOME: home })).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('it has a control character'),
    });
  }
  expect(readFileSync(crontab, 'utf8')).toBe('# mine\n');
});

it('a PATH that is too long for a crontab is said', () => {
  const { path, home } = tools(CRON);
  const { status, stderr } = sandbox().run('resource-manager', ['service', 'install'], {
    PATH: `${path}${':/x'.repeat(400)}`,
    HOME: home,
  });
  expect([status, stderr.includes('PATH is too long for a crontab, so the service has /usr/local/bin')]).toEqual([
    0,
    true,
  ]);
});

describe('the environment of a service', () => {
  const shell = {
    HOME: '/usr',
    PATH: '/opt/my tools:/usr/bin',
    CLAUDE_CONFIG_DIR: 'conf/claude, /other, ~/mine',
    CODEX_HOME: '/data/codex',
    XDG_CONFIG_HOME: 'relative',
    TZ: 'Europe/Vienna',
    LANG: 'two\nlines',
    RESOURCE_MANAGER_LEASE: 'L1',
  };

  it('has what the monitor reads, in absolute folders, and names what the shell does not have', () => {
    expect(serviceEnvironment(shell, '/state', '/start')).toEqual({
      variables: [
        ['HOME', '/usr'],
        ['RESOURCE_MANAGER_DIR', '/state'],
        ['CLAUDE_CONFIG_DIR', '/start/conf/claude,/other,/usr/mine'],
        ['CODEX_HOME', '/data/codex'],
        ['PATH', '/opt/my tools:/usr/bin'],
        ['TZ', 'Europe/Vienna'],
      ],
      absent: ['XDG_CONFIG_HOME', 'TMPDIR', 'LANG', 'LC_ALL'],
    });
    expect(serviceEnvironment({}, '/state', '/').variables[0]).toEqual(['HOME', homedir()]);
  });

  it('reaches a program that cron starts with almost nothing', () => {
    const { line } = cronJob(['/usr/bin/env'], serviceEnvironment(shell, '/the % state', '/start'));
    // Cron gives the shell the line with each escaped percent sign as a bare one.
    const command = line
      .replace(/^(?:\* ){5}/, '')
      .replaceAll('\\%', '%')
      .replace('>/dev/null 2>&1', '');
    const { stdout } = spawnSync('/bin/sh', ['-c', command], { env: { HOME: '/cron' }, encoding: 'utf8' });
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'HOME=/usr',
        'RESOURCE_MANAGER_DIR=/the % state',
        'PATH=/opt/my tools:/usr/bin',
        'CODEX_HOME=/data/codex',
      ]),
    );
  });

  it('is in the unit, which says what is absent', () => {
    const text = unitText(['x'], true, serviceEnvironment({ ...shell, PATH: '/50%:/a"b' }, '/state', '/start'));
    expect(text).toContain('\nEnvironment="HOME=/usr"\n');
    expect(text).toContain('\nEnvironment="PATH=/50%%:/a\\"b"\n');
    expect(text).toContain('so the service has the defaults: XDG_CONFIG_HOME, TMPDIR, LANG, LC_ALL\n');
  });

  it.each(['/a$b/node', '/a"b/node', "/a'b/node", '/a\\b/node'])('starts %s through a shell', (node) => {
    const [, line = ''] = /^ExecStart=(.*)$/m.exec(unitText([node, '/m.cjs'], false, NONE)) ?? [];
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) =>
      word
        .replace(/\\(.)/g, '$1')
        .replaceAll('$$', () => '$')
        .replaceAll('%%', '%'),
    );
    expect(words).toEqual(['/bin/sh', '-c', 'exec "$@"', 'sh', node, '/m.cjs']);
  });

  it('has room for the most notifications of one commit', () => {
    const tasks = Number(/^TasksMax=(\d+)$/m.exec(unitText(['x'], true, NONE))?.[1]);
    // Each is a shell, its feed, a timeout, two shells and the command; Node has about a dozen threads.
    expect(tasks).toBeGreaterThanOrEqual(12 + MOST_AT_ONCE * 6);
  });
});

it('takes no interval where cron is used', () => {
  const { path, home, crontab } = tools(CRON);
  const refused = sandbox().run('resource-manager', ['service', 'install', '--interval', '10s'], {
    PATH: path,
    HOME: home,
  });
  expect([refused.status, existsSync(crontab)]).toEqual([64, false]);
  expect(refused.stderr).toContain('hint: without it: resource-manager service install\n');
});
