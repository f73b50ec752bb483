/** Starts a command so that all its descendants can be found again, passes signals on, and reports its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Containment, Run } from '../../core/model/lease.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { EXIT, systemError } from '../../errors.ts';
import type { Processes, Variables } from '../../ports/host.ts';
import type { RunEnd, Runner, RunPlan, StartedRun, StartRequest } from '../../ports/runner.ts';
import { type CgroupMachine, cgroupMachine, makeGroup, removeGroup, usableBase } from '../containment/cgroup.ts';
import { groupOf, offersScopes, scopeWords } from '../containment/scope.ts';
import { MARK_VARIABLE, RUN_UNIT_VARIABLE, SERVICE_VARIABLE } from '../processes/origins.ts';
import { parseFullStat } from '../processes/stat.ts';
import { readTextOrEmpty } from '../read-text.ts';
import { inheritedStdio, startInside } from './child-world.ts';
import { findCommand } from './find-command.ts';
import { GUARD_SCRIPT } from './guard-script.ts';
import { newMark } from './mark.ts';
import { openMeter } from './meter.ts';

/** Signals that a wrapper passes on. SIGTSTP and SIGWINCH reach the command directly from the terminal. */
const PASSED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
const FROM_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** Numbers of the usual ending signals (signal(7)); node:os has them all, but loads slowly. */
const NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

const numberOf = async (signal: NodeJS.Signals): Promise<number> =>
  NUMBERS[signal] ?? (await import('node:os')).constants.signals[signal];

/** True in the foreground of a terminal: the terminal then sends typed signals to the command as well. */
function isInForeground(): boolean {
  const own = parseFullStat(readTextOrEmpty('/proc/self/stat'));
  return own !== null && own.tty !== 0 && own.foreground === own.group;
}

/** Passes signals on to the child that `start` returns, from its first moment: one that comes earlier waits for it. */
function passSignals(start: () => ChildProcess): { readonly child: ChildProcess; readonly stopPassing: () => void } {
  let child: ChildProcess | null = null;
  const listener = (name: NodeJS.Signals): void => {
    if (FROM_KEYBOARD.includes(name) && isInForeground()) return;
    child?.kill(name);
  };
  const stopPassing = (): void => {
    for (const name of PASSED) process.removeListener(name, listener);
  };
  for (const name of PASSED) process.on(name, listener);
  try {
    child = start();
    return { child, stopPassing };
  } catch (error) {
    stopPassing();
    throw error;
  }
}

export interface RunnerOptions {
  readonly dir: string;
  readonly self: ProcessRef;
  readonly processes: Processes;
  readonly env: Variables;
  /** Launcher of `resource-manager`, for the guard. */
  readonly program: string;
}

export function openRunner({ dir, self, processes, env, program }: RunnerOptions): Runner {
  const machine: CgroupMachine | null = process.platform === 'linux' ? cgroupMachine() : null;

  const bestOf = (wanted: 'auto' | Containment): { containment: Containment; base: string | null } => {
    const base = machine !== null && (wanted === 'auto' || wanted === 'cgroup') ? usableBase(machine) : null;
    if (base !== null) return { containment: 'cgroup', base };
    const isScope = (wanted === 'auto' || wanted === 'scope') && machine !== null && offersScopes(env);
    return { containment: isScope ? 'scope' : 'ledger', base: null };
  };

  /** Starts the guard of a run; the returned function tells it that the run has ended. */
  const startGuard = (mark: string): (() => void) => {
    const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'sh', process.execPath, program, mark, dir], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: { ...env },
    });
    const line = guard.stdin as Socket | undefined;
    for (const emitter of [guard, line]) emitter?.on('error', () => {});
    for (const handle of [guard, line]) handle?.unref();
    return () => line?.end('done\n');
  };

  return {
    find: (name) => findCommand(name, env.PATH ?? '/usr/bin:/bin'),

    plan({ project, containment: wanted, memoryBytes, isRetriable }): RunPlan {
      const { containment, base } = bestOf(wanted);
      const mark = newMark(dir, project, self.pid, self.started);
      const folder = base === null ? null : join(base, mark);
      const run: Run = { containment, folder, mark, numbers: [], root: null, memoryBytes, isRetriable };
      const isMissed = wanted !== 'auto' && wanted !== containment;
      return { run, base, missed: isMissed ? wanted : null };
    },

    start({ plan, command, memoryBytes, variables }: StartRequest): StartedRun {
      const { run, base } = plan;
      const group = base === null ? null : makeGroup(base, run.mark, memoryBytes);
      const words = run.containment === 'scope' ? [...scopeWords(run.mark, memoryBytes), ...command] : command;
      // Before the guard's pipe is open, which the command must not inherit.
      const stdio = inheritedStdio();
      const endGuard = startGuard(run.mark);
      const [startedMs, begunS] = [Date.now(), process.uptime()];
      const [first = '', ...rest] = words;
      const { child, stopPassing } = passSignals(() =>
        startInside(machine, group?.folder ?? null, () =>
          spawn(first, rest, {
            stdio,
            env: {
              ...env,
              ...variables,
              [MARK_VARIABLE]: run.mark,
              [RUN_UNIT_VARIABLE]: env[SERVICE_VARIABLE] ?? '',
            },
          }),
        ),
      );
      const pid = child.pid ?? 0;
      const meter = openMeter(pid, group?.folder ?? null);
      const root = processes.find(pid);
      const ended = new Promise<RunEnd>((resolve, reject) => {
        child.once('error', (error) => {
          stopPassing();
          endGuard();
          if (group !== null) removeGroup(group.folder);
          reject(
            systemError(
              'start',
              first,
              error,
              EXIT.ioError,
              'no slot is held; free processes or descriptors (ulimit -a), then run it again',
            ),
          );
        });
        child.once('exit', async (code, signal) => {
          stopPassing();
          // Notify the guard first, so that it does not treat an ended run as abandoned.
          endGuard();
          const usage = meter.read();
          const folder = group?.folder ?? null;
          const isEmpty = folder === null || removeGroup(folder);
          resolve({
            code,
            signal: signal === null ? null : await numberOf(signal),
            durationMs: Math.round((process.uptime() - begunS) * 1000),
            startedMs,
            leftBehind: !isEmpty,
            ...usage,
          });
        });
      });
      return {
        root,
        folder: () =>
          group?.folder ?? (run.containment === 'scope' && machine !== null ? groupOf(machine.mount, pid) : null),
        isLimited: group?.isLimited ?? run.containment === 'scope',
        end() {
          child.kill('SIGTERM');
          const words = [program, 'reap', '--mark', run.mark, '--yes', '--quiet', '--dir', dir];
          spawn(process.execPath, words, { stdio: 'ignore', detached: true, env: { ...env } })
            .on('error', () => {})
            .unref();
        },
        ended,
      };
    },
  };
}
