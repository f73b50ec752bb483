import { spawnSync } from 'node:child_process';

/** Runs a system tool and waits at most 10 s for its end. The status is null if it failed to start or did not end in time. */
export function runTool(words: readonly string[], input?: string) {
  const [program = '', ...args] = words;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 10_000,
    ...(input === undefined ? {} : { input }),
  });
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  return { status, stdout: stdout ?? '', stderr: stderr ?? '', isMissing };
}
