/** `integrate` installs into settings and takes out again, in a temporary home. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openIntegration } from '../../../src/host/integrate/integration.ts';
import { planInstall } from '../../../src/host/integrate/settings-change.ts';
import { SHAPES, wanted } from '../../core/integrate/shapes.ts';
import { binary, cleanEnvironment, type Result, temporaryFolder } from '../../helpers/cli.ts';

interface Home {
  readonly folder: string;
  /** The user's settings file of Claude Code. */
  readonly settings: string;
  readonly state: string;
  readonly project: string;
  run(...args: string[]): Result;
  /** The bytes of every file below the home; links are followed. */
  files(): Record<string, string>;
}

function aHome(env: Record<string, string | undefined> = {}): Home {
  const folder = temporaryFolder();
  const [state, project] = [join(folder, 'state'), join(folder, 'work', 'project')];
  mkdirSync(join(project, 'deep', 'down'), { recursive: true });
  mkdirSync(join(project, '.git'));
  mkdirSync(state);
  writeFileSync(join(state, 'slots.yaml'), 'version: 1\nmax_slots: 20\nslot_allocation: {}\nleases: []\nqueue: []\n');
  writeFileSync(join(state, 'config.yaml'), 'max_per_project: 5\n');
  return {
    folder,
    settings: join(folder, '.claude', 'settings.json'),
    state,
    project,
    run: (...args) =>
      spawnSync(process.execPath, [binary('resource-manager'), 'integrate', ...args], {
        encoding: 'utf8',
        cwd: join(project, 'deep', 'down'),
        env: cleanEnvironment({
          HOME: folder,
          RESOURCE_MANAGER_DIR: state,
          CLAUDE_CONFIG_DIR: undefined,
          CODEX_HOME: undefined,
          ...env,
        }),
        timeout: 30_000,
      }),
    files() {
      const all = readdirSync(folder, { recursive: true, withFileTypes: true });
      return Object.fromEntries(
        all
          .filter((entry) => !entry.isDirectory() && !entry.parentPath.includes('.cache'))
          .map((entry) => join(entry.parentPath, entry.name))
          .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
      );
    },
  };
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const parsed = (path: string) => JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));

describe.each(Object.entries(SHAPES))('a file of the shape: %s', (_name, text) => {
  it('gets our settings, is unchanged by a second install, and is restored byte for byte', () => {
    const home = aHome();
    if (text !== null) put(home.settings, text);
    const before = home.files();

    const dry = home.run('claude', '--dry-run');
    expect([dry.status, home.files()]).toEqual([0, before]);
    const first = home.run('claude');
    expect(first.status, first.stderr).toBe(0);
    expect(first.stdout.split('\n').filter((line) => /^[-+@]/.test(line))).toEqual(
      dry.stdout.split('\n').filter((line) => /^[-+@]/.test(line)),
    );
    expect(Object.keys(parsed(home.settings).hooks)).toContain('TaskCompleted');
    const installed = home.files();
    expect(Object.keys(installed)).toEqual(
      expect.arrayContaining(['status', 'kill', 'set-max'].map((name) => `.claude/skills/resource-${name}/SKILL.md`)),
    );

    const { ino } = statSync(home.settings);
    const second = home.run('claude');
    expect(second.stdout).toBe(`Nothing to change: ${home.settings} is up to date.\n`);
    expect([home.files(), statSync(home.settings).ino]).toEqual([installed, ino]);

    expect(home.run('claude', '--uninstall', '-n').status).toBe(0);
    expect(home.files()).toEqual(installed);
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(home.files()).toEqual(before);
    expect(existsSync(dirname(home.settings))).toBe(text !== null);
    expect(home.run('claude', '--uninstall').stdout).toBe(
      `Nothing to remove: ${home.settings} has no entries of resource-manager.\n`,
    );
    expect(home.files()).toEqual(before);
  });
});

const REFUSED: readonly (readonly [name: string, text: string | Buffer, want: RegExp])[] = [
  ['a line comment', '{\n  // mine\n  "a": 1\n}\n', /:2:3: a comment/],
  ['a block comment', '{ "a": 1 /* mine */ }', /:1:10: a comment/],
  ['a trailing comma in an object', '{\n  "a": 1,\n}\n', /:3:1: expected a key/],
  ['a trailing comma in a list', '{ "a": [1,] }', /:1:11: expected a value/],
  ['a duplicate key', '{ "a": 1,\n  "b": { "c": 1, "c": 2 } }', /:2:18: the key "c" appears twice/],
  ['a list', '[1]', /:1:1: the file is expected to be an object/],
  ['a word', '"x"', /:1:1: the file is expected to be an object/],
  ['an empty file', '', /:1:1: expected a value/],
  ['half an object', '{ "a": {', /:1:9: /],
  ['two objects', '{}\n{}', /:2:1: expected the end/],
  ['a single quote', "{ 'a': 1 }", /:1:3: /],
  ['white space that JSON has not', '{\u00a0"a": 1 }', /: /],
  ['hooks that are a list', '{ "hooks": [] }', /:1:12: hooks is expected to be an object/],
  ['hooks that are null', '{ "hooks": null }', /:1:12: hooks is expected to be an object/],
  ['an event that is an object', '{ "hooks": { "Stop": {} } }', /:1:22: hooks\.Stop is expected to be an array/],
  ['a hook without a group', '{ "hooks": { "Stop": [{ "command": "x" }] } }', /:1:23: .* has no list "hooks"/],
  ['a group of words', '{ "hooks": { "Stop": [{ "hooks": ["x"] }] } }', /:1:35: each hook/],
  ['an env that is a list', '{ "env": [] }', /:1:10: env is expected to be an object/],
  ['lists nested too deep', `{ "a": ${'['.repeat(20_000)}${']'.repeat(20_000)} }`, /nested too deep/],
  ['Latin-1', Buffer.from('{ "a": "\xe9" }', 'latin1'), /no text in UTF-8/],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /no text in UTF-8/],
];

it.each(REFUSED)('%s is refused, and no byte changes', (_name, text, want) => {
  const home = aHome();
  mkdirSync(dirname(home.settings));
  writeFileSync(home.settings, text);
  const before = home.files();
  for (const args of [['claude'], ['claude', '--uninstall'], ['claude', '--dry-run']]) {
    const { status, stdout, stderr } = home.run(...args);
    expect([status, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/);
    expect(stderr).toMatch(want);
    expect(home.files()).toEqual(before);
  }
});

describe('a change by the user after the install', () => {
  it('survives the uninstall, and the backup stays', () => {
    const home = aHome();
    const text = SHAPES['four spaces'] as string;
    put(home.settings, text);
    home.run('claude');
    const edit = (into: string): string => into.replace('"opus"', '"sonnet",\n    "theirs": [1, 2]');
    writeFileSync(home.settings, edit(readFileSync(home.settings, 'utf8')));
    const { status, stderr } = home.run('claude', '--uninstall');
    const backup = `${home.settings}.before-resource-manager`;
    expect([status, stderr]).toEqual([0, expect.stringContaining(`it stays in ${backup}`)]);
    expect(readFileSync(home.settings, 'utf8')).toBe(edit(text));
    expect(readFileSync(backup, 'utf8')).toBe(text);

    // The next install makes a new backup.
    home.run('claude');
    expect(readFileSync(backup, 'utf8')).toBe(edit(text));
    home.run('claude', '--uninstall');
    expect([readFileSync(home.settings, 'utf8'), existsSync(backup)]).toEqual([edit(text), false]);
  });

  it('is kept in another layout of the file, and in a file that integrate created', () => {
    const home = aHome();
    home.run('claude');
    writeFileSync(home.settings, JSON.stringify({ ...parsed(home.settings), theirs: true }));
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(readFileSync(home.settings, 'utf8')).toBe('{"theirs":true}');
    expect(readdirSync(dirname(home.settings))).toEqual(['settings.json']);
  });

  it('may remove a part of our settings or damage the backup', () => {
    const home = aHome();
    const text = SHAPES.tabs as string;
    put(home.settings, text);
    home.run('claude');
    const { statusLine, ...rest } = parsed(home.settings);
    expect(statusLine.command).toMatch(/ statusline$/);
    delete rest.hooks.Stop;
    writeFileSync(home.settings, JSON.stringify(rest, null, '\t'));
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(parsed(home.settings)).toEqual(JSON.parse(text));

    put(home.settings, text);
    home.run('claude');
    writeFileSync(`${home.settings}.before-resource-manager`, 'no JSON');
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(readFileSync(home.settings, 'utf8')).toBe(text);
  });
});

describe('the settings file', () => {
  it('keeps its mode, and a link stays a link to it', () => {
    const home = aHome();
    const target = join(home.folder, 'dotfiles', 'claude.json');
    put(target, '{\n  "model": "opus"\n}\n');
    chmodSync(target, 0o664);
    mkdirSync(dirname(home.settings));
    symlinkSync('../dotfiles/claude.json', home.settings);
    expect(home.run('claude').status).toBe(0);
    expect(lstatSync(home.settings).isSymbolicLink()).toBe(true);
    expect(parsed(target)).toHaveProperty('hooks');
    expect(statSync(`${home.settings}.before-resource-manager`).mode & 0o777).toBe(0o664);
    expect(statSync(target).mode & 0o777).toBe(0o664);
    expect(readdirSync(dirname(target))).toEqual(['claude.json']);
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(lstatSync(home.settings).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('{\n  "model": "opus"\n}\n');
  });

  it('with a second name (a hard link) keeps it', () => {
    const home = aHome();
    put(home.settings, '{ "model": "opus" }\n');
    const other = join(home.folder, 'dotfiles.json');
    linkSync(home.settings, other);
    expect(home.run('claude').status).toBe(0);
    expect(parsed(other)).toHaveProperty('hooks');
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(readFileSync(other, 'utf8')).toBe('{ "model": "opus" }\n');
    expect(statSync(other).ino).toBe(statSync(home.settings).ino);
  });

  it('is created at the target of a dangling link, and the link stays after the uninstall', () => {
    const home = aHome();
    mkdirSync(dirname(home.settings));
    symlinkSync(join(home.folder, 'nothing', 'here.json'), home.settings);
    expect(home.run('claude').status).toBe(0);
    expect(parsed(join(home.folder, 'nothing', 'here.json'))).toHaveProperty('hooks');
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(lstatSync(home.settings).isSymbolicLink()).toBe(true);
    expect(existsSync(join(home.folder, 'nothing', 'here.json'))).toBe(false);
  });

  it('is left alone when it changes after the plan, and the backup of a deleted file stays', () => {
    const file = join(temporaryFolder(), 'settings.json');
    const backup = `${file}.before-resource-manager`;
    writeFileSync(file, '{}');
    const late = planInstall(file, wanted);
    writeFileSync(file, '{ "theirs": 1 }');
    expect(() => late.apply()).toThrow(/changed by somebody else just now/);
    expect([readFileSync(file, 'utf8'), existsSync(backup)]).toEqual(['{ "theirs": 1 }', false]);

    planInstall(file, wanted).apply();
    rmSync(file);
    planInstall(file, wanted).apply();
    expect([readFileSync(backup, 'utf8'), readFileSync(`${backup}.old`, 'utf8')]).toEqual(['', '{ "theirs": 1 }']);
  });

  it('is found by CLAUDE_CONFIG_DIR and CODEX_HOME', () => {
    const folder = temporaryFolder();
    const home = aHome({ CLAUDE_CONFIG_DIR: join(folder, 'c'), CODEX_HOME: join(folder, 'x') });
    expect(home.run('claude', '--user').stdout).toContain(
      `Integrated with Claude Code: ${join(folder, 'c/settings.json')}`,
    );
    expect(home.run('codex').stdout).toContain(`Integrated with Codex: ${join(folder, 'x/hooks.json')}`);
  });

  it.runIf(process.platform === 'linux')('that cannot be written is an error, and nothing is half done', () => {
    const home = aHome({ CLAUDE_CONFIG_DIR: '/proc/self' });
    const before = home.files();
    const { status, stderr } = home.run('claude');
    expect([status, stderr.split('\n').length]).toEqual([expect.toBeOneOf([73, 77]), 3]);
    expect(stderr).toContain('cannot write /proc/self/settings.json');
    expect(home.files()).toEqual(before);
  });

  it('that is a folder is an error', () => {
    const home = aHome();
    mkdirSync(home.settings, { recursive: true });
    expect(home.run('claude')).toMatchObject({ status: 74, stdout: '' });
  });
});

it('--project installs into the project of the working folder, with a note about paths', () => {
  const home = aHome();
  const { status, stderr } = home.run('claude', '--project');
  expect([status, stderr.includes('the lines name paths of this machine')]).toEqual([0, true]);
  expect(readdirSync(join(home.project, '.claude')).sort()).toEqual([
    'settings.json',
    'settings.json.before-resource-manager',
    'skills',
  ]);
  expect(existsSync(home.settings)).toBe(false);
  home.run('codex', '--project');
  expect(existsSync(join(home.project, '.codex', 'hooks.json'))).toBe(true);
  home.run('claude', '--project', '--uninstall');
  home.run('codex', '--project', '--uninstall');
  expect(readdirSync(home.project).sort()).toEqual(['.git', 'deep']);
});

it('Codex gets hooks and nothing else', () => {
  const home = aHome();
  const file = join(home.folder, '.codex', 'hooks.json');
  const { stderr } = home.run('codex');
  expect(stderr).toBe('note: Codex asks at its next start whether to trust the hooks\n');
  expect(Object.keys(parsed(file))).toEqual(['hooks']);
  expect(Object.keys(parsed(file).hooks)).toEqual(
    'SessionStart PreToolUse PostToolUse SubagentStart SubagentStop Stop SessionEnd'.split(' '),
  );
  expect(parsed(file).hooks.SessionEnd[0].hooks[0].timeout).toBeLessThanOrEqual(3);
  expect(readdirSync(dirname(file)).sort()).toEqual(['hooks.json', 'hooks.json.before-resource-manager']);
  expect(home.run('codex', '--uninstall').status).toBe(0);
  expect(existsSync(dirname(file))).toBe(false);
});

describe('installed commands', () => {
  it('name node, the program and the given state', () => {
    const home = aHome();
    home.run('claude');
    const { hooks, env, statusLine, subagentStatusLine } = parsed(home.settings);
    const words = `RESOURCE_MANAGER_DIR='${home.state}' '${process.execPath}' '${binary('resource-manager')}'`;
    expect(hooks.PreToolUse).toEqual([
      { matcher: '*', hooks: [{ type: 'command', command: `${words} hook pre-tool-use`, timeout: 620 }] },
    ]);
    expect(hooks.PostToolUseFailure[0].matcher).toBe('Agent|Task');
    expect(hooks.SessionEnd[0].hooks[0].timeout).toBe(5);
    expect(env).toMatchObject({ CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS: '5' });
    expect(env.CLAUDE_CODE_TOOL_MEMORY_LIMIT).toMatch(/^[1-9]\d*G$/);
    expect([statusLine.command, subagentStatusLine.command]).toEqual([
      `${words} statusline`,
      `${words} subagent-statusline`,
    ]);
    const skill = readFileSync(join(home.folder, '.claude/skills/resource-status/SKILL.md'), 'utf8');
    const program = `'${process.execPath}' '${binary('resource-manager')}'`;
    expect(skill).toContain(`!\`${program} status --dir '${home.state}' --no-color $ARGUMENTS 2>&1 || true\``);
    expect(skill).toContain(`"Bash(${program} status:*)"`);
  });

  it('run in a shell, also with a quote in the path', () => {
    const home = aHome();
    const dir = join(home.folder, "it's");
    home.run('claude', '--dir', dir);
    const skill = readFileSync(join(home.folder, '.claude/skills/resource-status/SKILL.md'), 'utf8');
    const line = /!`([^`]+)`/.exec(skill)?.[1] ?? '';
    const { stdout } = spawnSync('sh', ['-c', line.replace('$ARGUMENTS', '')], {
      encoding: 'utf8',
      env: cleanEnvironment({ HOME: home.folder }),
    });
    expect(stdout).toContain('VM Resource Status');
    expect(stdout).toContain(`there is no state in ${dir} yet`);
    expect(home.run('claude', '--dir', dir).stdout).toMatch(/^Nothing to change/);
  });

  it('name no state when none is given, and none is created', () => {
    const home = aHome({ RESOURCE_MANAGER_DIR: undefined });
    home.run('claude');
    expect(parsed(home.settings).hooks.Stop[0].hooks[0].command).toBe(
      `'${process.execPath}' '${binary('resource-manager')}' hook stop`,
    );
    expect(existsSync(join(home.folder, '.resource-manager'))).toBe(false);
  });

  it('are taken out, but not installed, when the state is damaged', () => {
    const home = aHome();
    home.run('claude');
    writeFileSync(join(home.state, 'slots.yaml'), 'max_slots: [');
    expect(home.run('claude').status).toBe(65);
    expect(home.run('claude', '--uninstall').status).toBe(0);
    expect(existsSync(home.settings)).toBe(false);
  });

  it.each([SHAPES.tabs as string, null])('follow changed limits of the state', (text) => {
    const home = aHome();
    if (text !== null) put(home.settings, text);
    home.run('claude');
    writeFileSync(join(home.state, 'config.yaml'), 'max_per_project: 7\n');
    const { stdout } = home.run('claude');
    expect(stdout).toMatch(/^-.*SUBAGENTS": "5"/m);
    expect(stdout).toMatch(/^\+.*SUBAGENTS": "7"/m);
    writeFileSync(join(home.state, 'config.yaml'), 'max_per_project: 9\n');
    expect(home.run('claude', '--uninstall').status).toBe(0);
    if (text === null) expect(existsSync(dirname(home.settings))).toBe(false);
    else expect(readFileSync(home.settings, 'utf8')).toBe(text);
  });
});

describe('skills', () => {
  const own = (home: Home): string => join(home.folder, '.claude/skills/resource-kill/SKILL.md');

  it('of the user with the same name are left alone', () => {
    const home = aHome();
    put(own(home), 'mine\n');
    const { stderr } = home.run('claude');
    expect(stderr).toContain(`note: ${own(home)} is yours and was left as it is\n`);
    expect(readFileSync(own(home), 'utf8')).toBe('mine\n');
    expect(home.run('claude').stdout).toMatch(/^Nothing to change/);
    home.run('claude', '--uninstall');
    expect(readFileSync(own(home), 'utf8')).toBe('mine\n');
    expect(readdirSync(join(home.folder, '.claude/skills'))).toEqual(['resource-kill']);
  });

  it('of another version are replaced', () => {
    const home = aHome();
    home.run('claude');
    const text = readFileSync(own(home), 'utf8');
    writeFileSync(own(home), text.replace('plan', 'older plan'));
    expect(home.run('claude').stdout).toContain(`replace ${own(home)}\n`);
    expect(readFileSync(own(home), 'utf8')).toBe(text);
  });
});

describe('notes', () => {
  it('name settings of the user, and the way to have both', () => {
    const home = aHome();
    put(home.settings, SHAPES['unusual order and layout'] as string);
    const { stderr } = home.run('claude');
    expect(stderr).toMatch(/^note: env\.CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS is yours .*\(ours would be 5\)$/m);
    expect(stderr).toMatch(/^note: statusLine is yours .* pass its standard input on to: .* statusline$/m);
    expect(stderr).not.toContain('subagentStatusLine');
  });

  it('say that hooks will not run', () => {
    const home = aHome();
    put(home.settings, '{ "disableAllHooks": true }');
    expect(home.run('claude').stderr).toContain(`note: ${home.settings} has disableAllHooks: the hooks will not run\n`);

    const managed = join(home.folder, 'managed.json');
    const notes = (text: string): readonly string[] => {
      writeFileSync(managed, text);
      return openIntegration({
        agent: 'claude',
        isProject: false,
        env: { HOME: temporaryFolder() },
        cwd: home.folder,
        dir: null,
        program: '/x/bin/resource-manager.cjs',
        size: { cores: 4, memoryBytes: 2 ** 34, tasks: null },
        managed: [join(home.folder, 'none.json'), managed],
      }).install({ maxSlots: 10, maxPerProject: 5 }).notes;
    };
    expect(notes('{ "allowManagedHooksOnly": true }')).toEqual([
      `${managed} has allowManagedHooksOnly: the hooks will not run`,
    ]);
    expect(notes('{ "disableAllHooks": true }')).toHaveLength(1);
    for (const text of ['{}', 'null', 'no JSON']) expect(notes(text)).toEqual([]);
  });
});

it('--json answers with one document', () => {
  const home = aHome();
  put(home.settings, '{"model":"opus"}');
  const json = (...args: string[]) => JSON.parse(home.run('claude', '--json', ...args).stdout);
  expect(json('-n')).toMatchObject({ action: 'install', agent: 'claude', changed: false, dry_run: true });
  const backup = `${home.settings}.before-resource-manager`;
  const installed = json();
  expect(installed).toMatchObject({ changed: true, file: home.settings, backup, removed: [], notes: [] });
  expect(installed.added).toEqual(
    expect.arrayContaining(['hooks.Stop', 'env.CLAUDE_CODE_TOOL_MEMORY_LIMIT', 'statusLine', 'skills/resource-kill']),
  );
  expect(installed.difference).toMatch(/^--- [^\n]+\n\+\+\+ [^\n]+\n@@ /);
  expect(json()).toMatchObject({ changed: false, added: [], removed: [], backup, difference: '', steps: [] });
  const out = json('--uninstall');
  expect(out).toMatchObject({ action: 'uninstall', changed: true, added: [], backup });
  expect([...out.removed].sort()).toEqual([...installed.added].sort());
});
