/** Fake Claude sessions made of real processes, and a view of this machine that contains only them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { linuxView } from '../../src/host/processes/linux-view.ts';
import { lineage, scanTable } from '../../src/host/processes/table.ts';
import type { ProcessView } from '../../src/host/processes/view.ts';
import { identityOf, type OwnProcess } from './alive.ts';
import { cleanEnvironment, kill, start, temporaryFolder, until } from './cli.ts';

export const SESSION_ID = '1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d';
export const TWO_MINUTES = 2 * 60_000;

const folders: string[] = [];

/** True if the environment of the process names this folder. */
function isOf(folder: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`FOLDER_OF_TEST=${folder}\0`);
  } catch {
    return false;
  }
}

/** Ends the processes that a failed test leaves. Scans twice, since a process in the middle of an exec shows no environment. */
afterEach(() => {
  const ended = folders.splice(0);
  for (let look = 0; ended.length > 0 && look < 2; look += 1)
    for (const { pid, started } of scanTable().values())
      if (ended.some((folder) => isOf(folder, pid)) && identityOf(pid)?.started === started)
        process.kill(pid, 'SIGKILL');
});

export interface FakeSession {
  readonly pid: number;
  readonly folder: string;
  /** Waits until a process has written its pid into a file of this name below the folder. */
  named(name: string): Promise<OwnProcess>;
  /** By SIGKILL, so that it cannot end the processes that it started. */
  die(): Promise<void>;
}

/** A process that starts a script as the Bash tool does: in a session of its own, with its pid in the environment. */
export function aSession(script: string): FakeSession {
  const folder = temporaryFolder();
  folders.push(folder);
  const file = join(folder, 'script');
  writeFileSync(file, script);
  const session = start('sh', ['-c', `CLAUDE_PID=$$ setsid sh ${file} & wait`], {
    stdio: 'ignore',
    cwd: folder,
    env: cleanEnvironment({ CLAUDE_CODE_SESSION_ID: SESSION_ID, FOLDER_OF_TEST: folder }),
  });
  return {
    pid: session.pid ?? 0,
    folder,
    named: (name) =>
      until(`${name} tells its pid`, () => {
        const path = join(folder, name);
        const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
        return text.endsWith('\n') ? identityOf(Number(text)) : null;
      }),
    die: () => kill(session),
  };
}

/**
 * This machine `laterMs` later, with only the processes of these sessions and their ancestors, since a test ends no
 * process that it did not start.
 */
export function viewOf(sessions: readonly FakeSession[], laterMs: number): ProcessView {
  const view = linuxView();
  const isOurs = (pid: number): boolean => sessions.some(({ folder }) => isOf(folder, pid));
  return {
    ...view,
    ageMs: (row) => view.ageMs(row) + laterMs,
    scan() {
      const table = view.scan();
      const ours = [process.pid, ...[...table.keys()].filter(isOurs)];
      const seen = new Set(ours.flatMap((pid) => [...lineage(table, pid)]));
      return new Map([...table].filter(([pid]) => seen.has(pid)));
    },
  };
}
