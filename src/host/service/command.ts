import { spawnSync } from 'node:child_process';

export interface CommandResult {
  /** Null if it failed to start or did not end in time. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isMissing: boolean;
}

/** Runs a system tool and waits at most 10 s for its end. */
export function runTool(words: readonly string[], input?: string): CommandResult {
  const [program = '', ...args] = words;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 10_000,
    ...(input === undefined ? {} : { input }),
  });
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  return { status, stdout: stdout ?? '', stderr: stderr ?? '', isMissing };
}
