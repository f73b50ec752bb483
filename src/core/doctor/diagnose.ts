/** What is wrong, what is merely not offered, and what to do about each. */
import { type Environment, isDead } from '../environment.ts';
import type { State } from '../model/state.ts';
import { effectiveMaxSlots } from '../model/state.ts';
import { abandonedRuns, unfinishedEndings } from '../reap/abandoned.ts';
import { SAMPLE_STALE_MS } from '../settings/health.ts';
import type { CrossCheck, MachineFacts } from './facts.ts';

export type Level = 'ok' | 'info' | 'warn' | 'fault';

export interface Finding {
  readonly id: string;
  readonly level: Level;
  readonly summary: string;
  /** What to do, or null when there is nothing to do. */
  readonly fix: string | null;
  /** `doctor --fix` does it. */
  readonly isFixable: boolean;
}

type Judge = (id: string) => {
  ok(summary: string): Finding;
  info(summary: string, fix?: string): Finding;
  warn(summary: string, fix: string, isFixable?: boolean): Finding;
  fault(summary: string, fix: string, isFixable?: boolean): Finding;
};

export const judge: Judge = (id) => ({
  ok: (summary) => ({ id, level: 'ok', summary, fix: null, isFixable: false }),
  info: (summary, fix) => ({ id, level: 'info', summary, fix: fix ?? null, isFixable: false }),
  warn: (summary, fix, isFixable = false) => ({ id, level: 'warn', summary, fix, isFixable }),
  fault: (summary, fix, isFixable = false) => ({ id, level: 'fault', summary, fix, isFixable }),
});

/** What the state itself shows. */
export function diagnoseState(state: State, env: Environment, repairs: readonly string[]): Finding[] {
  const stale = state.leases.filter(({ holder, run }) => holder !== null && isDead(env, holder) && run === null);
  const abandoned = abandonedRuns(state, env);
  const unfinished = unfinishedEndings(state, env);
  const paused = state.leases.filter(({ pausedAt }) => pausedAt !== null);
  const isWatched = state.monitor !== null && !isDead(env, state.monitor);
  const names = (leases: readonly { readonly id: string }[]): string => leases.map(({ id }) => id).join(', ');
  const { sampledAt } = state.vmState;
  const isFresh = sampledAt !== null && Math.abs(env.now - sampledAt) <= SAMPLE_STALE_MS;
  const effective = effectiveMaxSlots(state);
  const monitor = judge('monitor');
  return [
    repairs.length > 0
      ? judge('allocation').warn(
          `${repairs.join('; ')}; the leases count`,
          'any command that writes puts it right',
          true,
        )
      : judge('allocation').ok('slot_allocation is the sum of the leases'),
    stale.length > 0
      ? judge('leases').warn(`held by the dead: ${names(stale)}`, 'the next command of anyone gives them back', true)
      : judge('leases').ok('every holder is alive'),
    abandoned.length > 0
      ? judge('wrappers').warn(`running without their wrappers: ${names(abandoned)}`, 'resource-manager reap')
      : judge('wrappers').ok('every run has its wrapper'),
    unfinished.length > 0
      ? judge('endings').fault(
          `was to be ended and is still there: ${names(unfinished)}`,
          'resource-kill its project again; a running monitor does it by itself',
        )
      : judge('endings').ok('nothing was left half ended'),
    paused.length > 0 && !isWatched
      ? judge('paused').fault(
          `stopped by a monitor that is gone: ${names(paused)}`,
          'resource-manager monitor --once',
          true,
        )
      : judge('paused').ok('nothing is stopped for good'),
    isFresh
      ? monitor.ok(isWatched ? 'a monitor is running' : 'the machine was sampled within five minutes')
      : effective < state.maxSlots
        ? monitor.fault(
            `nobody watches the machine, and ${effective} of ${state.maxSlots} slots are allowed by an old sample`,
            'resource-manager monitor --once, and: resource-manager service install',
            true,
          )
        : monitor.warn(
            'nobody watches the machine: it is not sampled, and nothing is ended when memory runs out',
            'resource-manager service install',
          ),
  ];
}

const CONTAINMENT_WORDS = {
  cgroup: 'runs are contained by the kernel (cgroup v2)',
  scope: 'runs are contained by systemd scopes',
  ledger: 'runs are contained by a ledger and a mark only; what clears its environment and leaves its tree is lost',
};

const FEW_FILES = 1024;
const FEW_PROCESSES = 4096;
const FEW_WATCHES = 256;

function diagnoseOomKillers({ oomKillers }: MachineFacts): Finding {
  const own = judge('oom-killers');
  if (oomKillers.length === 0) return own.info('neither earlyoom nor systemd-oomd is running');
  const [{ name, commandLine }] = oomKillers as [MachineFacts['oomKillers'][number]];
  if (name === 'earlyoom' && !/--prefer/.test(commandLine))
    return own.warn(
      'earlyoom ends what is largest, which may be a session and not its agents',
      "give it --avoid '^(claude|codex|tmux: server|sshd)$'; runs have the higher oom_score_adj",
    );
  if (name === 'systemd-oomd')
    return own.warn(
      'systemd-oomd ends whole cgroups: everything started from one terminal goes at once',
      'start agents with resource-manager run, each in a group of its own',
    );
  return own.ok(`${oomKillers.map((one) => one.name).join(', ')} running`);
}

/** What the machine offers and lacks. */
export function diagnoseMachine(facts: MachineFacts): Finding[] {
  const isLinux = facts.platform === 'linux';
  const linger = judge('linger');
  const limits = judge('limits');
  const few = [
    facts.openFiles !== null && facts.openFiles < FEW_FILES ? `${facts.openFiles} open files` : null,
    facts.userProcesses !== null && facts.userProcesses < FEW_PROCESSES ? `${facts.userProcesses} processes` : null,
    facts.inotifyInstances !== null && facts.inotifyInstances < FEW_WATCHES
      ? `${facts.inotifyInstances} inotify instances`
      : null,
  ].filter((words) => words !== null);
  return [
    facts.containment === 'ledger'
      ? judge('containment').warn(
          CONTAINMENT_WORDS.ledger,
          isLinux
            ? 'a writable cgroup v2, or a user session of systemd (ssh and cron need lingering)'
            : 'there is nothing better on this system',
        )
      : judge('containment').ok(CONTAINMENT_WORDS[facts.containment]),
    facts.canLimitMemory
      ? judge('memory-limit').ok('run --memory is enforced by the kernel')
      : judge('memory-limit').info(
          'run --memory cannot be enforced here: it counts for admission and for who goes first',
        ),
    facts.hasPressure
      ? judge('pressure').ok('the kernel tells how long work stalls')
      : judge('pressure').info(
          'no pressure stall information',
          isLinux ? 'boot with psi=1 if the kernel has it' : undefined,
        ),
    facts.lingers === false
      ? linger.warn('what you start by systemd ends when you log out', 'loginctl enable-linger')
      : linger.ok(facts.lingers === null ? 'no user systemd, nothing to linger' : 'user services outlive your session'),
    few.length > 0
      ? limits.warn(
          `limits are low: ${few.join(', ')}`,
          'raise them: ulimit -n, ulimit -u, sysctl fs.inotify.max_user_instances',
        )
      : limits.ok('limits leave room'),
    diagnoseOomKillers(facts),
    facts.hasSwap === false
      ? judge('swap').info('no swap: memory runs out at once, not slowly', 'keep the monitor running')
      : judge('swap').ok(facts.hasSwap === null ? 'swap is not known' : 'there is swap'),
    facts.hasClaude && !facts.hasToolMemoryLimit
      ? judge('tool-memory').info(
          'Claude Code’s own tools have no memory limit',
          'set CLAUDE_CODE_TOOL_MEMORY_LIMIT=4G in its settings',
        )
      : judge('tool-memory').ok(facts.hasClaude ? 'Claude Code’s tools have a memory limit' : 'no Claude Code here'),
    diagnoseHook(facts),
  ];
}

function diagnoseHook({ hasClaude, hook }: MachineFacts): Finding {
  const own = judge('hooks');
  if (!hasClaude) return own.ok('no Claude Code here');
  if (hook === 'there') return own.ok('Claude Code has our hook');
  if (hook === 'none')
    return own.info(
      'Claude Code does not ask for slots by itself: no hook of ours is in its settings',
      'put them there: resource-manager integrate claude',
    );
  return own.warn(
    `the hooks in Claude Code’s settings call a program that is gone (${hook.gone}): its agents take no slots`,
    'put them right: resource-manager integrate claude',
  );
}

/** Further apart than this, one of two ways of measuring is wrong about this machine. */
const MOST_MEMORY_POINTS = 5;

export function diagnoseCrossCheck({ memoryPoints, cpuPoints, failure }: CrossCheck): Finding {
  const own = judge('cross-check');
  if (failure !== null) return own.info(`node-os-utils could not be asked: ${failure}`);
  if (memoryPoints === null) return own.info('there is nothing to compare memory with');
  const cpu = cpuPoints === null ? '' : `, CPU ${cpuPoints.toFixed(1)} points apart`;
  const words = `memory as node-os-utils sees it is ${memoryPoints.toFixed(1)} points apart${cpu}`;
  return memoryPoints > MOST_MEMORY_POINTS
    ? own.warn(words, 'in a limited container that is so by design; else compare with: free -b')
    : own.ok(words);
}
