/** `top` in a real terminal: it shows the state, obeys keys, and restores the terminal however it ends. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { identityOf, isAlive, type OwnProcess } from '../helpers/alive.ts';
import { aProcess, binary, cleanEnvironment, sandbox, until } from '../helpers/cli.ts';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const sessions = new Set<Terminal>();

afterEach(() => {
  for (const session of sessions) session.close();
  sessions.clear();
});

/** A shell in a tmux server of its own. */
class Terminal {
  readonly #socket = `slots-test-${process.pid}-${sessions.size}-${Date.now()}`;
  readonly #env: NodeJS.ProcessEnv;

  constructor(dir: string, env: Record<string, string> = {}) {
    this.#env = cleanEnvironment({
      RESOURCE_MANAGER_DIR: dir,
      TMUX_TMPDIR: dir,
      TMUX: undefined,
      TERM: 'xterm',
      ...env,
    });
    sessions.add(this);
    const size = ['-x', '80', '-y', '24'];
    writeFileSync(
      join(dir, 'bashrc'),
      `PS1='ready> '\ntop() { "${process.execPath}" "${binary('resource-manager')}" top "$@"; }\n`,
    );
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, `exec bash --rcfile "${join(dir, 'bashrc')}" -i`);
  }

  #tmux(...words: string[]): string {
    const { status, stdout, stderr } = spawnSync('tmux', ['-L', this.#socket, ...words], {
      env: this.#env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tmux ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** The text on the screen. */
  get text(): string {
    return this.#tmux('capture-pane', '-p').trimEnd();
  }

  get lines(): string[] {
    return this.text.split('\n');
  }

  keys(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** The flags of the terminal: cursor shown, other buffer, line wrap. */
  get flags(): string {
    return this.#tmux('display-message', '-p', '#{cursor_flag} #{alternate_on} #{wrap_flag}').trim();
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  shows(wanted: string | RegExp): Promise<string> {
    const has = (text: string): boolean => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
    return until(
      () => `${wanted} in:\n${this.text}`,
      () => (has(this.text) ? this.text : null),
    );
  }

  /** Pid of the foreground process with that command. */
  foreground(command: string): number {
    const tty = this.#tmux('display-message', '-p', '#{pane_tty}').trim().replace('/dev/', '');
    const { stdout } = spawnSync('ps', ['-t', tty, '-o', 'pid=,args='], { encoding: 'utf8' });
    const line = stdout.split('\n').find((text) => text.includes(command));
    return Number(line?.trim().split(/\s+/)[0]);
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server'], { env: this.#env });
  }
}

/** A shell that has printed a checksum of its terminal settings and then started top. */
async function withTop(dir: string, words = '', env: Record<string, string> = {}): Promise<Terminal> {
  const terminal = new Terminal(dir, env);
  await terminal.shows('ready>');
  terminal.keys('echo before-$(stty -a | cksum | cut -c1-8)', 'Enter');
  await terminal.shows(/before-\d+/);
  terminal.keys(`top ${words}`, 'Enter');
  await terminal.shows('q quit');
  return terminal;
}

const modesIn = (text: string, label: string): string | undefined =>
  new RegExp(`^${label}-(\\d+)`, 'm').exec(text)?.[1];

/** Expects the shell back with its earlier output and its terminal settings, and top's exit code. */
async function expectRestored(terminal: Terminal, wantExit: number): Promise<void> {
  const text = await terminal.shows(/ready>[^\n]*$/);
  expect(text).not.toContain('q quit');
  expect(terminal.flags).toBe('1 0 1');
  terminal.keys('echo exit-$?', 'Enter');
  await terminal.shows(`exit-${wantExit}`);
  terminal.keys('echo after-$(stty -a | cksum | cut -c1-8)', 'Enter');
  const after = await terminal.shows(/after-\d+/);
  expect(modesIn(after, 'before')).toBeDefined();
  expect(modesIn(after, 'after')).toBe(modesIn(after, 'before'));
}

function pool() {
  const box = sandbox(20);
  const holder = aProcess();
  box.run('request-slots', ['consilio', '3', '--agents', 'auth,api', '--pid', String(holder.pid)]);
  box.run('request-slots', ['odin', '2', '--agents', 'parser', '--detached']);
  box.run('request-slots', ['waiting', '18', '--pid', String(holder.pid)]);
  return { box, holder };
}

describe.skipIf(!hasTmux && !process.env.CI)('top in a terminal', () => {
  it('shows, filters and asks, and q restores the screen', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    expect(terminal.text).toContain('> consilio');
    expect(terminal.text).toContain('1. waiting: 18 slots');
    expect(terminal.flags).toBe('0 1 0');
    terminal.keys('/', 'p', 'a', 'r');
    await terminal.shows('Filter: par_');
    expect(terminal.text).toContain('parser');
    expect(terminal.text).not.toContain('auth');
    terminal.keys('Escape');
    await terminal.shows('auth');
    terminal.keys('j', 'j', 'Down');
    await terminal.shows('> odin');
    terminal.keys('K');
    await terminal.shows('Kill odin? y/n');
    terminal.keys('n');
    await terminal.shows('odin was not killed');
    terminal.keys('?');
    await terminal.shows('press any key to return');
    terminal.keys('q');
    await expectRestored(terminal, 0);
    expect(box.slotsText()).toContain('consilio: 3');
  });

  it('shows a change at once, however long its interval', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir, '--interval 1h');
    box.run('request-slots', ['late', '1', '--agents', 'comer', '--detached', '--no-queue']);
    box.run('set-max', ['25']);
    await terminal.shows('/25 used');
    terminal.keys('C-c');
    await expectRestored(terminal, 0);
  });

  it('K and y end the project and show the result', async () => {
    const { box, holder } = pool();
    const terminal = await withTop(box.dir);
    terminal.keys('K', 'y');
    await terminal.shows('consilio: 3 agents terminated (1 process), 3 slots released');
    await until('the holder has ended', () => holder.signalCode !== null || holder.exitCode !== null);
    await terminal.shows('> odin');
    terminal.keys('q');
    await expectRestored(terminal, 0);
  });

  it.each([
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ])('kill -%s restores the screen', async (signal, wantExit) => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    process.kill(terminal.foreground(' top'), `SIG${signal}`);
    await expectRestored(terminal, wantExit);
  });

  it('a crash restores the screen before it prints the error', async () => {
    const { box } = pool();
    const fault = join(box.dir, 'fault.cjs');
    writeFileSync(fault, "process.on('SIGUSR2', () => { throw new Error('boom'); });");
    const terminal = await withTop(box.dir, '', { NODE_OPTIONS: `--require ${fault}` });
    process.kill(terminal.foreground(' top'), 'SIGUSR2');
    await terminal.shows('Error: boom');
    await expectRestored(terminal, 1);
  });

  it('ends when its terminal does', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    const own = identityOf(terminal.foreground(' top')) as OwnProcess;
    expect(own.command).toBe('node');
    terminal.close();
    await until('it has ended', () => !isAlive(own));
  });

  it('a damaged state keeps the last one on the screen under an error, until the file is whole again', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    const whole = box.slotsText();
    writeFileSync(box.slotsPath, 'version: [\n');
    await terminal.shows('not up to date:');
    expect(terminal.text).toContain('> consilio');
    writeFileSync(box.slotsPath, whole);
    await until('no error is shown', () => !terminal.text.includes('not up to date:'));
    terminal.keys('q');
    await expectRestored(terminal, 0);
  });

  it('Ctrl-Z returns the screen to the shell, and fg shows top again', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    terminal.keys('C-z');
    await terminal.shows('Stopped');
    expect(terminal.flags).toBe('1 0 1');
    terminal.keys('echo stopped-$(stty -a | cksum | cut -c1-8)', 'Enter');
    const text = await terminal.shows(/stopped-\d+/);
    expect(modesIn(text, 'stopped')).toBe(modesIn(text, 'before'));
    terminal.keys('fg', 'Enter');
    await terminal.shows('> consilio');
    expect(terminal.flags).toBe('0 1 0');
    terminal.keys('j');
    await terminal.shows('>   auth');
    terminal.keys('q');
    await expectRestored(terminal, 0);
  });

  it('draws again after SIGTSTP and fg', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    process.kill(terminal.foreground(' top'), 'SIGTSTP');
    await terminal.shows('Stopped');
    expect(terminal.flags).toBe('1 0 1');
    terminal.keys('fg', 'Enter');
    await terminal.shows('q quit');
    terminal.keys('q');
    await expectRestored(terminal, 0);
  });

  it('follows the size of the window, also when it is too small for a while', async () => {
    const { box } = pool();
    const terminal = await withTop(box.dir);
    terminal.resize(60, 20);
    await until('twenty lines', () => terminal.lines.length === 20 && terminal.lines[19]?.startsWith('q quit'));
    terminal.resize(30, 8);
    await terminal.shows('terminal too small');
    terminal.resize(120, 30);
    await terminal.shows('SLOTSv              PROGRESS');
    await until('thirty lines', () => terminal.lines.length === 30);
    terminal.keys('q');
    await terminal.shows(/ready>[^\n]*$/);
    expect(terminal.flags).toBe('1 0 1');
  });

  it('resource-status --watch clears the screen before each status, until Ctrl-C', async () => {
    const { box } = pool();
    const terminal = new Terminal(box.dir);
    await terminal.shows('ready>');
    terminal.keys(`"${process.execPath}" "${binary('resource-status')}" --watch=1h`, 'Enter');
    await terminal.shows('5/20 used');
    expect(terminal.text).not.toContain('ready>');
    box.run('set-max', ['22']);
    const text = await terminal.shows('5/22 used');
    expect(text).not.toContain('/20 used');
    terminal.keys('C-c');
    await terminal.shows(/ready>[^\n]*$/);
    terminal.keys('echo exit-$?', 'Enter');
    await terminal.shows('exit-130');
  });
});

describe('without a terminal', () => {
  it('top names the command to use instead', () => {
    const { status, stdout, stderr } = sandbox().run('resource-manager', ['top']);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toBe('error: top needs a terminal\nhint: for one look: resource-manager top --once\n');
  });

  it('top --once prints one whole frame as text, and with --json the status', () => {
    const { box } = pool();
    const { status, stdout } = box.run('resource-manager', ['top', '--once']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}consilio .*\n {4}auth/m);
    expect(stdout).toContain('1. waiting: 18 slots');
    expect(stdout).not.toContain('\u001b');
    expect(box.json('resource-manager', ['top', '--once']).answer).toEqual(box.json('resource-status', []).answer);
    expect(box.json('resource-manager', ['top']).answer).toEqual(box.json('resource-status', []).answer);
  });

  it.each([
    ['top', '--interval', '0s'],
    ['top', '--interval', 'often'],
    ['status', '--watch=1ms'],
  ])('a bad interval is refused: %s %s', (...words) => {
    expect(sandbox().run('resource-manager', words).status).toBe(64);
  });

  it('resource-status --watch prints each changed status after an empty line', async () => {
    const { box } = pool();
    const watching = box.begin('resource-status', ['--watch=100ms', 'odin']);
    await until('the first', () => watching.stdout().includes('2/20'));
    box.run('set-max', ['22']);
    await until('the second', () => watching.stdout().includes('2/22'));
    const writing = '\nnot yaml: ][\n';
    const whole = box.slotsText();
    writeFileSync(box.slotsPath, writing);
    await until('trouble', () => watching.stderr() !== '');
    writeFileSync(box.slotsPath, whole.replace('max_slots: 22', 'max_slots: 23'));
    await until('the third', () => watching.stdout().includes('2/23'));
    watching.child.kill('SIGINT');
    const { status, stdout, stderr } = await watching.result;
    expect(status).toBe(130);
    expect(stdout.split('\n\n📊').length).toBe(3);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
  });

  it('with --json it prints one document a line', async () => {
    const box = sandbox(20);
    const watching = box.begin('resource-status', ['--watch', '100ms', '--json']);
    const lines = () => watching.stdout().split('\n').slice(0, -1);
    await until('the first', () => lines().length === 1);
    box.run('set-max', ['22']);
    await until('the second', () => lines().length === 2);
    watching.child.kill('SIGTERM');
    expect((await watching.result).status).toBe(143);
    expect(lines().map((line) => JSON.parse(line).slots.max)).toEqual([20, 22]);
  });

  it('ends when its reader does', async () => {
    const { box } = pool();
    const watching = box.begin('resource-status', ['--watch=100ms']);
    await until('the first', () => watching.stdout().includes('5/20'));
    watching.child.stdout?.destroy();
    box.run('set-max', ['22']);
    expect((await watching.result).status).toBe(0);
  });

  it('fails at once when there is nothing to watch', () => {
    expect(sandbox().run('resource-status', ['--watch', 'nobody']).status).toBe(66);
    expect(sandbox(20, { slots: 'version: [\n' }).run('resource-status', ['--watch']).status).toBe(65);
  });
});
