/** Runs the built commands at a stated time, in a worker process that serves them one after the other. */
import { fork } from 'node:child_process';
import { join } from 'node:path';

const WORKER = join(import.meta.dirname, 'command-worker.cjs');

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Commands {
  /** Runs `resource-manager ARGS` on the state in `dir` at `now`, in milliseconds since the epoch. */
  run(dir: string, now: number, args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  end(): Promise<void>;
}

/** Starts the worker. Its process ends with `end`. */
export function openCommands(): Commands {
  const worker = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const gone = (code: number | null): void => reject(new Error(`the worker ended with ${code}`));
      worker.once('exit', gone);
      worker.once('message', (message) => {
        worker.off('exit', gone);
        resolve(message as T);
      });
    });
  return {
    run(dir, now, args, env = {}) {
      const answer = next<Ran>();
      worker.send({
        now,
        words: ['resource-manager', ...args],
        env: {
          PATH: process.env.PATH,
          HOME: dir,
          RESOURCE_MANAGER_DIR: dir,
          TZ: 'UTC',
          COLUMNS: '400',
          NO_EMOJI: '1',
          ...env,
        },
      });
      return answer;
    },
    async end() {
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      worker.disconnect();
      worker.kill();
      await gone;
    },
  };
}
