/**
 * Every hint that names a command is typed as it stands, in a namespace of its own, and does what it says. Hints that need
 * a person are typed with -n. The last test finds hints in the source that no row here has printed.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandIn, withDir } from '../../src/cli/hint.ts';
import { binary, COMMANDS, cleanEnvironment, ROOT, temporaryFolder } from '../helpers/cli.ts';

interface Row {
  readonly hint: RegExp;
  /** Shell lines before the refused one. */
  readonly given?: string;
  readonly line: string;
  readonly exit: number;
  /** Exit code of the typed hint; 0 if absent. */
  readonly typed?: number;
  /** Shell line that shows that the hint did what it says; it exits with 0. */
  readonly after?: string;
  /** The hint needs a person, so it is typed with -n. */
  readonly isPersons?: true;
}

const HOLD = 'request-slots consilio 2 --detached';
const used = (slots: number): string =>
  `[ "$(resource-status --json | grep -o '"used":[0-9]*' | head -1)" = '"used":${slots}' ]`;
const total = (tokens: string): string => `resource-manager budget total --tokens ${tokens}`;
const allocate = (words: string): string => `resource-manager budget allocate ${words}`;

const ROWS: readonly Row[] = [
  {
    hint: /set-max 9 && resource-manager config set/,
    line: 'request-slots a 9 --detached',
    exit: 69,
    after: 'request-slots a 9 --detached',
  },
  {
    hint: /ask for 2 or fewer, or raise the limit: /,
    line: 'request-slots a 4 --detached',
    exit: 69,
    after: 'request-slots a 4 --detached',
  },
  {
    hint: /config set projects\.a\.max 3$/,
    given: 'resource-manager config set projects.A.max 1; resource-manager config set max_per_project 5',
    line: 'request-slots a 3 --detached',
    exit: 69,
    after: 'request-slots a 3 --detached',
  },
  {
    hint: /^raise the limit: /,
    given: 'resource-manager config set projects.a.max 0',
    line: 'resource-manager run a -- true',
    exit: 69,
    after: 'resource-manager run a -- true',
  },
  {
    hint: /lower the expected need of a slot: .* slot_memory 600M$/,
    given: 'resource-manager config set slot_memory 900T',
    line: 'request-slots a 1 --detached',
    exit: 69,
    after: 'request-slots a 1 --detached',
  },
  { hint: /who holds slots/, given: `${HOLD}; release-slots consilio --all`, line: 'release-slots consilio', exit: 66 },
  { hint: /release one: /, given: HOLD, line: 'release-slots consilio', exit: 66, after: used(0) },
  {
    hint: /release 2 or fewer: release-slots consilio 2 --lease L1$/,
    given: HOLD,
    line: 'release-slots consilio 5 --lease L1',
    exit: 64,
    after: used(0),
  },
  {
    hint: /allocate a budget first/,
    line: 'resource-manager check a/b',
    exit: 66,
    after: 'resource-manager check a/b',
  },
  {
    hint: /release it first/,
    given: allocate('a/b --tokens 5k --workflow x'),
    line: allocate('a/b --tokens 5k --workflow y'),
    exit: 64,
    after: allocate('a/b --tokens 5k --workflow y'),
  },
  {
    hint: /what others could return/,
    given: `${total('100k')}; ${allocate('a/b --tokens 80k')}`,
    line: allocate('c/d --tokens 50k'),
    exit: 75,
  },
  { hint: /raise the total; it is shown by/, given: total('100k'), line: allocate('c/d --tokens 200k'), exit: 69 },
  {
    hint: /choose a larger total/,
    given: `${total('100k')}; ${allocate('a/b --tokens 80k')}`,
    line: total('50k'),
    exit: 69,
  },
  {
    hint: /at least that: .* --tokens 20000$/,
    given: `${allocate('a/b --tokens 50k')}; report-usage a/b --tokens 20k`,
    line: allocate('a/b --tokens 5k'),
    exit: 64,
  },
  {
    hint: /at least that: .* --cost 0\.50$/,
    given: `${allocate('a/b --cost 5')}; report-usage a/b --cost 0.5`,
    line: allocate('a/b --cost 0.1'),
    exit: 64,
  },
  {
    hint: /at least that: .* --time 1h1m1\.5s$/,
    given: `${allocate('a/b --time 5h')}; report-usage a/b --time 1h1m1.5s`,
    line: allocate('a/b --time 1m'),
    exit: 64,
  },
  {
    hint: /everything that is left/,
    given: allocate('a/b --tokens 50k'),
    line: 'resource-manager budget return a/b --tokens 90k',
    exit: 64,
  },
  {
    hint: /draws on the pool/,
    given: allocate('a/b --cost 5'),
    line: 'resource-manager budget borrow a/b --tokens 5k',
    exit: 64,
  },
  {
    hint: /let agents hold more/,
    given: `${total('100k')}; ${allocate('a/b --tokens 40k')}; ${allocate('c/d --tokens 1k')}`,
    line: 'resource-manager budget borrow a/b --tokens 20k',
    exit: 69,
    after: 'resource-manager budget borrow a/b --tokens 20k',
  },
  { hint: /agents with a budget/, line: 'resource-manager budget borrow --tokens 5', exit: 64 },
  { hint: /name them like/, line: 'resource-manager budget equal --tokens 5', exit: 64 },
  {
    hint: /give it one/,
    given: 'request-slots a 1 --agents b --detached',
    line: 'resource-manager budget status a/b',
    exit: 64,
    after: 'resource-manager budget status a/b',
  },
  {
    hint: /without it: /,
    given: allocate('a/b --tokens 5k'),
    line: 'resource-manager budget status a/b --workflow w',
    exit: 64,
  },
  { hint: /see: /, line: 'resource-manager config list x', exit: 64 },
  { hint: /all settings/, line: 'resource-manager config set zebra 1', exit: 64 },
  {
    hint: /change it like: set-max 10$/,
    line: 'resource-manager config set max_slots 5',
    exit: 64,
    after: 'resource-status | grep -q /10',
  },
  { hint: /for one look/, line: 'resource-manager top < /dev/null', exit: 64 },
  // It goes on until it is interrupted.
  { hint: /for a script/, line: 'resource-manager top --once --interval 1s', exit: 64, typed: 124 },
  { hint: /without it: /, line: 'resource-manager monitor --once --interval 1s', exit: 64 },
  { hint: /see: /, line: 'resource-manager hook --nosuch < /dev/null', exit: 64 },
  { hint: /see: /, line: 'resource-manager statusline --nosuch < /dev/null', exit: 64 },
  { hint: /-- echo done$/, line: 'resource-manager run odin', exit: 64 },
  { hint: /see who holds them/, given: HOLD, line: 'resource-manager run consilio -- true', exit: 75 },
  { hint: /wait longer/, given: HOLD, line: 'request-slots consilio 1 --wait=50ms --detached', exit: 124 },
  { hint: /wait longer/, given: HOLD, line: 'resource-manager run consilio --wait=50ms -- true', exit: 124 },
  { hint: /half its own pace/, given: allocate('a/b --tokens 5k'), line: 'resource-manager throttle a/b', exit: 64 },
  { hint: /list them with/, line: 'resource-manager forecast', exit: 64 },
  { hint: /confirm: /, given: HOLD, line: 'resource-kill consilio < /dev/null', exit: 64, isPersons: true },
  { hint: /see: /, line: 'resource-manager zzzzzzzzz', exit: 64 },
  { hint: /see: /, line: 'resource-manager --zzzzzzzzz', exit: 64 },
  { hint: /see: /, line: 'request-slots a 1 2', exit: 64 },
  { hint: /see: /, line: 'resource-manager help run x', exit: 64 },
  {
    hint: /change its size: set-max 7 && resource-manager config set max_per_project 3$/,
    line: 'resource-manager init --max 7 --per-project 3',
    exit: 64,
    after: 'resource-manager init --max 7 --per-project 3',
  },
  { hint: /without a holder: /, line: 'request-slots a 2', exit: 64 },
  {
    hint: /in another container, unseen from here; if that is gone: /,
    given: `request-slots consilio 2 --pid $$; sed -i 's/"ns":[0-9]*/"ns":1/' "$RESOURCE_MANAGER_DIR/slots.yaml"`,
    line: 'request-slots consilio 1 --no-queue --detached',
    exit: 75,
    after: used(0),
  },
  { hint: /without it: /, line: 'resource-manager service install --interval 5s', exit: 64, isPersons: true },
  { hint: /^use one of them: /, line: 'resource-manager reap --machine --mark m', exit: 64 },
  { hint: /the folder here/, line: 'RESOURCE_MANAGER_DIR=relative resource-status', exit: 64 },
  {
    hint: /put it back: resource-manager doctor --fix$/,
    given: `${HOLD}; set-max 7; rm "$RESOURCE_MANAGER_DIR/slots.yaml"`,
    line: 'resource-status',
    exit: 65,
    after: 'resource-status | grep -q consilio',
  },
  ...['resource-status', 'request-slots odin 1 --detached'].map((line) => ({
    hint: /restore its last good revision: /,
    given: `${HOLD}; set-max 7; echo 'max_slots: [' > "$RESOURCE_MANAGER_DIR/slots.yaml"`,
    line,
    exit: 65,
    after: 'resource-status | grep -q consilio',
  })),
];

/** A folder with the commands on its PATH and neither systemd nor cron. */
function place() {
  const folder = temporaryFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of [...COMMANDS, 'supervisor-request-slots'] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${binary(name)}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = cleanEnvironment({
    HOME: folder,
    PATH: `${bin}:/usr/bin:/bin`,
    RESOURCE_MANAGER_DIR: join(folder, 'a b'),
  });
  /** Runs shell lines where no other process of the machine is to be seen. */
  const type = (line: string, seconds = 30) =>
    spawnSync('unshare', ['-pf', '--mount-proc', 'timeout', String(seconds), 'sh', '-c', line], {
      env,
      cwd: folder,
      encoding: 'utf8',
    });
  return { folder, type };
}

const hintIn = (stderr: string): string => /^hint: (.*)$/m.exec(stderr)?.[1] ?? '';
/** A hint may end in a command of the shell. */
const lineIn = (hint: string): string | null =>
  commandIn(hint) ?? /: ((?:cp|export|chmod) .*)$/.exec(hint)?.[1] ?? null;
const seen = new Set<string>();

describe.runIf(process.platform === 'linux' && process.geteuid?.() === 0)('a hint that names a command', () => {
  it.each(ROWS)('$line: $hint', ({ hint, given, line, exit, typed = 0, after, isPersons }) => {
    const { type } = place();
    expect(type('resource-manager init --max 5 --per-project 2').status).toBe(0);
    if (given !== undefined) type(given);
    const refused = type(line);
    expect(refused.status, refused.stderr).toBe(exit);
    const said = hintIn(refused.stderr);
    expect(said).toMatch(hint);
    seen.add(said);
    const command = lineIn(said);
    expect(command).not.toBeNull();
    const done = type(isPersons ? `${command} -n` : `${command}`, typed === 124 ? 3 : 30);
    expect(done.status, `${command}\n${done.stderr}`).toBe(typed);
    if (after !== undefined) {
      const last = type(after);
      expect(last.status, `${after}\n${last.stdout}${last.stderr}`).toBe(0);
    }
  });

  it('of a note or a screen works too', () => {
    const { folder, type } = place();
    type('resource-manager init --max 5 --per-project 2');
    const empty = type('resource-manager budget status').stdout.trim();
    seen.add(empty);
    expect(type(lineIn(empty) ?? 'false').status).toBe(0);
    type(`${HOLD}; request-slots consilio 2 --detached; release-slots consilio --all`);
    for (const screen of ['resource-manager queue', 'resource-status']) {
      const offer = /^.*claim with: .*$/m.exec(type(screen).stdout)?.[0] ?? '';
      seen.add(offer).add(offer.trim());
      expect(lineIn(offer)).toBe('request-slots consilio 2');
    }
    expect(type('request-slots consilio 2 --detached').status).toBe(0);
    const config = join(folder, 'a b', 'config.yaml');
    writeFileSync(config, "strateggy: fifo\nnotify: [{ on: granted, command: 'true' }]\n");
    chmodSync(config, 0o666);
    const notes = type('resource-manager config list').stderr;
    expect(type(lineIn(hintIn(notes)) ?? 'false').status).toBe(0);
    expect(type('resource-manager config list').stderr).not.toContain('other users can write to it');
  });

  it('a nearest spelling in the place of the typed one is understood', () => {
    const { type } = place();
    type(`resource-manager init --max 5 --per-project 2; ${HOLD}; ${allocate('a/b --tokens 5k')}`);
    for (const line of [
      'resource-manager statsu',
      'resource-status --jsn',
      'resource-status consilo',
      'resource-manager history --kind killd',
      'resource-manager check a/bb',
      'resource-manager config get strateggy',
      'resource-manager budget statsu',
      'resource-manager simulate --strategy fif --since 1d --quiet',
    ]) {
      const meant = /did you mean (\S+)\?/.exec(type(line).stderr)?.[1] ?? 'nothing';
      const wrong = /(statsu|--jsn|consilo|killd|a\/bb|strateggy|\bfif\b)/.exec(line)?.[0] as string;
      const { status, stderr } = type(line.replace(wrong, meant));
      expect([line, status, stderr]).toEqual([line, 0, '']);
    }
  });

  it('is printed by a row above, wherever the source has one', () => {
    const unseen = hintsInSource().filter(({ text }) => ![...seen].some((hint) => text.test(hint)));
    const left = unseen.filter(({ source }) => !EXCEPTIONS.some((exception) => source.includes(exception)));
    expect(left.map(({ file, source }) => `${file}: ${source}`)).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux' && process.geteuid?.() === 0)('on the smallest machine', () => {
  it.each(['resource-manager', 'request-slots'])('the examples of %s --help work as they stand', (command) => {
    const { folder, type } = place();
    type('resource-manager init --max 5 --per-project 2');
    const [, examples = ''] = /^Examples:\n((?: .*\n)+)/m.exec(type(`${command} --help`).stdout) ?? [];
    const lines = examples.split('\n').flatMap((line) => /^ {2}(\S.*?) {2,}/.exec(line)?.[1] ?? []);
    expect(lines).toHaveLength(4);
    // One shell types them all. Without the general help's own release it gives back in between.
    const after =
      command === 'request-slots'
        ? 'release-slots consilio > /dev/null 2>&1; release-slots odin > /dev/null 2>&1'
        : ':';
    const script = join(folder, 'script.sh');
    writeFileSync(script, lines.map((line) => `${line} || echo "FAILED: $?"; ${after}\n`).join(''));
    const { stdout, stderr } = type(`sh ${script}; true`);
    expect(`${stdout}${stderr}`).not.toMatch(/FAILED|denied|error:/);
  });
});

describe('a hint for a named folder', () => {
  it.each([
    ['see: resource-status', 'see: resource-status --dir /x'],
    [
      'raise: set-max 9 && resource-manager config set a 9',
      'raise: set-max 9 --dir /x && resource-manager config set a 9 --dir /x',
    ],
    ['like: resource-manager run a -- echo done', 'like: resource-manager run a --dir /x -- echo done'],
    ['write it like 5.00', 'write it like 5.00'],
  ])('%j', (hint, want) => {
    expect(withDir(hint, '/x')).toBe(want);
    expect(withDir(hint, undefined)).toBe(hint);
  });

  it('is about that folder', () => {
    const { type } = place();
    type('resource-manager init --max 5 --per-project 2 --dir "c d"');
    const { stderr } = type('request-slots a 4 --dir "c d" --detached');
    expect(hintIn(stderr)).toMatch(/max_per_project 4 --dir 'c d'$/);
    expect(type(lineIn(hintIn(stderr)) ?? 'false').status).toBe(0);
    expect(type('request-slots a 4 --dir "c d" --detached').status).toBe(0);
  });
});

/** Texts in the source with a command that no row can print, each with its cause. */
const EXCEPTIONS = [
  // The state disappears under a running command.
  'make a new one: resource-manager init',
  // These need a systemd that fails, a terminal, or another user's folder.
  'run the monitor from cron',
  'install it with: resource-manager integrate claude',
  'resource-manager init --system --group',
  'cannot be used (see: resource-manager doctor)',
  // Lines of help and examples, and a sentence with the name of a command.
  'Usage: resource-manager COMMAND',
  'Help on one command: resource-manager COMMAND',
  'stopped until: resource-manager resume consilio/auth',
  'resource-manager monitor takes them',
  // Notes after memory ran out, and after a run that leaves processes behind.
  'to change the order: resource-manager config set project_priorities',
  'see: resource-manager reap --dry-run',
];

interface SourceHint {
  readonly file: string;
  readonly source: string;
  /** Matches the text with any values. */
  readonly text: RegExp;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const LITERAL = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;
const HOLE = /\$\{(?:[^{}]|\{[^{}]*\})*\}/;

/** Texts in the source that say something and end in one of our commands. Findings of doctor have a test of their own. */
function hintsInSource(): SourceHint[] {
  const folders = ['cli', 'render', 'store', 'main', 'host', 'core'].map((name) => join(ROOT, 'src', name));
  const files = [join(ROOT, 'src/errors.ts'), ...folders.flatMap(filesBelow)].filter((path) => !/doctor/.test(path));
  return files.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(LITERAL)].flatMap(([, quoted, template]) => {
      const source = quoted ?? template ?? '';
      const parts = source.split(new RegExp(HOLE, 'g'));
      const command = commandIn(parts.join('x'));
      if (command === null || command === parts.join('x')) return [];
      const text = new RegExp(`^${parts.map(escaped).join('.*')}$`);
      return [{ file: path.slice(ROOT.length + 1), source, text }];
    }),
  );
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
