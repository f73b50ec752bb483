/** Runs the built commands as real processes on the test's own state folder, and checks that none is left. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const COMMANDS = [
  'request-slots',
  'release-slots',
  'resource-status',
  'set-max',
  'report-usage',
  'resource-kill',
  'resource-manager',
] as const;
export type CommandName =
  | (typeof COMMANDS)[number]
  | 'supervisor-request-slots'
  | 'supervisor-release-slots'
  | 'supervisor-report-usage'
  | 'resource-set-max';

/** Variables of the caller that must not reach the commands. */
const OWN_VARIABLES = [
  'RESOURCE_MANAGER_DIR',
  'RESOURCE_MANAGER_LEASE',
  'RESOURCE_MANAGER_HOLDER_PID',
  'CLAUDE_PID',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CONFIG_DIR',
  'CODEX_HOME',
  'FORCE_COLOR',
  'NO_COLOR',
  'NO_EMOJI',
  'COLUMNS',
];

/** Hides the transcripts of the person who runs the tests. */
const NO_TRANSCRIPTS = { CLAUDE_CONFIG_DIR: '/nonexistent', CODEX_HOME: '/nonexistent' };

export function cleanEnvironment(more: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of OWN_VARIABLES) delete env[name];
  return { ...env, ...NO_TRANSCRIPTS, ...more };
}

const started = new Set<ChildProcess>();
const folders = new Set<string>();

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Resolves when the process has ended, by exit or signal. */
export const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else child.once('exit', () => resolve());
  });

/** Starts a process that is ended after the test. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  started.add(child);
  return child;
}

/** A live process to hold slots. */
export function aProcess(): ChildProcess & { pid: number } {
  return start('sleep', ['600'], { stdio: 'ignore' }) as ChildProcess & { pid: number };
}

export async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  child.kill(signal);
  await ended(child);
}

afterEach(async () => {
  for (const child of started) {
    if (!hasEnded(child)) {
      child.kill('SIGCONT');
      await kill(child);
    }
  }
  started.clear();
  await noWorkersIn([...folders]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

/** Background processes of the product that name one of the folders in their environment. */
function workersIn(folders: readonly string[]): string[] {
  if (folders.length === 0 || process.platform !== 'linux') return [];
  const found: string[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      if (!folders.some((folder) => environment.includes(folder))) continue;
      found.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`);
    } catch {
      // It ended meanwhile, or is another user's.
    }
  }
  return found;
}

/**
 * Waits for background processes, such as a guard that ends the rest of a killed run, and fails if one stays. Scans
 * twice, since a process in the middle of an exec shows no environment.
 */
async function noWorkersIn(folders: readonly string[]): Promise<void> {
  let quiet = 0;
  let last: string[] = [];
  await until(
    () => `left behind: ${last.join('; ')}`,
    () => {
      last = workersIn(folders);
      quiet = last.length === 0 ? quiet + 1 : 0;
      return folders.length === 0 || quiet >= 2;
    },
  );
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slots-test-'));
  folders.add(folder);
  return folder;
}

export interface Sandbox {
  readonly dir: string;
  readonly slotsPath: string;
  slotsText(): string;
  /** Runs a command to its end. The test process is the caller unless `--pid` says otherwise. */
  run(command: CommandName, args: readonly string[], env?: Record<string, string>): Result;
  /** Runs a command with --json and returns the document. */
  json<T = Record<string, unknown>>(
    command: CommandName,
    args: readonly string[],
    env?: Record<string, string>,
  ): { readonly status: number | null; readonly answer: T };
  /** Starts a command in the background. */
  begin(command: CommandName, args: readonly string[], env?: Record<string, string>): Running;
  config(text: string): void;
}

export interface Running {
  readonly child: ChildProcess & { pid: number };
  stdout(): string;
  stderr(): string;
  /** The result after the command has ended. */
  readonly result: Promise<Result>;
}

export const binary = (command: CommandName): string => join(ROOT, 'bin', `${command}.cjs`);

export function collect(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = new Promise<Result>((resolve) => {
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { child: child as Running['child'], stdout: () => stdout, stderr: () => stderr, result };
}

/** A state of `max` slots with a project limit of 1,000, so that one project may use them all. */
export function sandbox(max = 20, more: { config?: string; slots?: string } = {}): Sandbox {
  const dir = temporaryFolder();
  const slotsPath = join(dir, 'slots.yaml');
  writeFileSync(slotsPath, more.slots ?? `version: 1\nmax_slots: ${max}\nslot_allocation: {}\nleases: []\nqueue: []\n`);
  writeFileSync(join(dir, 'config.yaml'), `max_per_project: 1000\n${more.config ?? ''}`);
  const environment = (env: Record<string, string> = {}) => cleanEnvironment({ RESOURCE_MANAGER_DIR: dir, ...env });
  const run: Sandbox['run'] = (command, args, env) => {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [binary(command), ...args], {
      encoding: 'utf8',
      env: environment(env),
      timeout: 30_000,
    });
    return { status, signal, stdout, stderr };
  };
  return {
    dir,
    slotsPath,
    run,
    slotsText: () => readFileSync(slotsPath, 'utf8'),
    json(command, args, env) {
      const { status, stdout, stderr } = run(command, [...args, '--json'], env);
      if (stdout === '') throw new Error(`${command} ${args.join(' ')} answered nothing: ${stderr}`);
      return { status, answer: JSON.parse(stdout) };
    },
    begin: (command, args, env) =>
      collect(start(process.execPath, [binary(command), ...args], { env: environment(env) })),
    config: (text) => writeFileSync(join(dir, 'config.yaml'), text),
  };
}

const LOOK_EVERY_MS = 10;

/** Waits until `look` returns something other than false, null or undefined; fails with `label` at the deadline. */
export async function until<T>(
  label: string | (() => string),
  look: () => T | Promise<T>,
  deadlineMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen;
    if (Date.now() > deadline) {
      throw new Error(`not within ${deadlineMs} ms: ${typeof label === 'string' ? label : label()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
