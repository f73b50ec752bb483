/** Sessions of the stand-in for Claude Code, driven by a test, with our hooks in their settings. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './cli.ts';
import { cleanEnvironment, ROOT, start, temporaryFolder } from './cli.ts';

/** The combined answers of all hooks of an event. */
export interface HookAnswer {
  readonly denied: string | null;
  readonly stopped: string | null;
  readonly context: readonly string[];
  readonly notes: readonly string[];
  readonly input: Record<string, unknown> | null;
  /** Failures of hooks, which block nothing. */
  readonly failed: readonly string[];
  readonly agent: string | null;
}

export interface StandIn {
  readonly child: ChildProcess & { pid: number };
  tell(action: string, more?: object): Promise<HookAnswer>;
}

interface Settings {
  readonly hooks: Record<string, { hooks: { command: string }[] }[]>;
}

/** A configuration folder of Claude Code, made by `integrate claude`, with each hook `times` times. */
export function claudeHome(box: Sandbox, times = 1): string {
  const home = temporaryFolder();
  const { status, stderr } = box.run('resource-manager', ['integrate', 'claude'], { CLAUDE_CONFIG_DIR: home });
  if (status !== 0) throw new Error(stderr);
  const file = join(home, 'settings.json');
  const settings: Settings = JSON.parse(readFileSync(file, 'utf8'));
  for (const groups of Object.values(settings.hooks)) {
    const [group] = groups;
    for (let n = 1; n < times; n += 1)
      groups.push({ hooks: (group?.hooks ?? []).map((hook) => ({ ...hook, command: `AGAIN=${n} ${hook.command}` })) });
  }
  writeFileSync(file, JSON.stringify(settings));
  return home;
}

/** A git work tree with this name. */
export function workTree(name: string): string {
  const folder = join(temporaryFolder(), name);
  mkdirSync(folder);
  execFileSync('git', ['init', '-q', folder]);
  return folder;
}

/** A session in the folder, as its own process like Claude Code. */
export async function standIn(
  box: Sandbox,
  home: string,
  cwd: string,
  env: Record<string, string> = {},
): Promise<StandIn> {
  const child = start(process.execPath, [join(ROOT, 'test', 'fixtures', 'agents', 'claude-stand-in.cjs')], {
    cwd,
    env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, CLAUDE_CONFIG_DIR: home, ...env }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  }) as StandIn['child'];
  const waiting = new Map<number, { resolve: (answer: HookAnswer) => void; reject: (error: Error) => void }>();
  let last = 0;
  const ready = new Promise<void>((resolve) => {
    child.on('message', ({ id, result, error }: { id: number; result: HookAnswer; error?: string }) => {
      if (id === 0) resolve();
      const call = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the session is gone'));
  });
  await ready;
  return {
    child,
    tell: (action, more = {}) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        child.send({ id: last, do: action, ...more });
      }),
  };
}
