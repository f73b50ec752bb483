import { spawnSync } from 'node:child_process';

export interface CommandResult {
  /** Null when it could not be started or did not end in time. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isMissing: boolean;
}

/** Runs one of the system's own tools to its end; an answer is waited for ten seconds at most. */
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
