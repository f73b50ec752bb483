/** Findings of `doctor` about the state and the machine, each with its fix. */
import { type Environment, isDead } from '../environment.ts';
import type { State } from '../model/state.ts';
import { effectiveMaxSlots } from '../model/state.ts';
import { abandonedRuns, unfinishedEndings } from '../reap/abandoned.ts';
import { SAMPLE_STALE_MS } from '../settings/health.ts';
import type { CrossCheck, MachineFacts } from './facts.ts';

export type FindingLevel = 'ok' | 'info' | 'warn' | 'fault';

export interface Finding {
  readonly id: string;
  readonly level: FindingLevel;
  readonly summary: string;
  /** Null if there is nothing to fix. */
  readonly fix: string | null;
  /** Whether `doctor --fix` applies the fix. */
  readonly isFixable: boolean;
}

type Check = (id: string) => {
  ok(summary: string): Finding;
  info(summary: string, fix?: string): Finding;
  warn(summary: string, fix: string, isFixable?: boolean): Finding;
  fault(summary: string, fix: string, isFixable?: boolean): Finding;
};

export const check: Check = (id) => ({
  ok: (summary) => ({ id, level: 'ok', summary, fix: null, isFixable: false }),
  info: (summary, fix) => ({ id, level: 'info', summary, fix: fix ?? null, isFixable: false }),
  warn: (summary, fix, isFixable = false) => ({ id, level: 'warn', summary, fix, isFixable }),
  fault: (summary, fix, isFixable = false) => ({ id, level: 'fault', summary, fix, isFixable }),
});

/** Findings about the state. */
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
  const monitor = check('monitor');
  const unknown = [...new Set(state.budgets.agents.flatMap(({ unknownModels }) => unknownModels))].sort();
  return [
    unknown.length > 0
      ? check('prices').warn(
          `no known price: ${unknown.join(', ')}; their usage costs as much as the dearest model of today`,
          'state their prices in config.yaml (prices:), or: resource-manager prices update --from FILE',
        )
      : check('prices').ok('every model that was counted has a known price'),
    repairs.length > 0
      ? check('allocation').warn(
          `${repairs.join('; ')}; the leases count`,
          'the next command that writes corrects it',
          true,
        )
      : check('allocation').ok('slot_allocation is the sum of the leases'),
    stale.length > 0
      ? check('leases').warn(`held by dead processes: ${names(stale)}`, 'the next command frees them', true)
      : check('leases').ok('every holder is alive'),
    abandoned.length > 0
      ? check('wrappers').warn(`running without a wrapper: ${names(abandoned)}`, 'resource-manager reap')
      : check('wrappers').ok('every run has its wrapper'),
    unfinished.length > 0
      ? check('endings').fault(
          `marked for ending, but not ended: ${names(unfinished)}`,
          'run resource-kill for the project again; a running monitor ends it by itself',
        )
      : check('endings').ok('every ending is complete'),
    paused.length > 0 && !isWatched
      ? check('paused').fault(
          `paused by a monitor that no longer runs: ${names(paused)}`,
          'resource-manager monitor --once',
          true,
        )
      : check('paused').ok('no run is paused without a monitor'),
    isFresh
      ? monitor.ok(isWatched ? 'a monitor is running' : 'the machine was sampled within five minutes')
      : effective < state.maxSlots
        ? monitor.fault(
            `the machine is not monitored, and an old sample allows only ${effective} of ${state.maxSlots} slots`,
            'resource-manager monitor --once, and: resource-manager service install',
            true,
          )
        : monitor.warn(
            'the machine is not monitored: no agent is ended when memory runs out',
            'resource-manager service install',
          ),
  ];
}

const CONTAINMENT_WORDS = {
  cgroup: 'runs are contained by the kernel (cgroup v2)',
  scope: 'runs are contained by systemd scopes',
  ledger:
    'runs are contained by a ledger and a mark; a process that clears its environment and leaves its tree escapes',
};

const FEW_FILES = 1024;
const FEW_PROCESSES = 4096;
const FEW_WATCHES = 256;

function diagnoseOomKillers({ oomKillers }: MachineFacts): Finding {
  const own = check('oom-killers');
  if (oomKillers.length === 0) return own.info('neither earlyoom nor systemd-oomd is running');
  const [{ name, commandLine }] = oomKillers as [MachineFacts['oomKillers'][number]];
  if (name === 'earlyoom' && !/--prefer/.test(commandLine))
    return own.warn(
      'earlyoom kills the largest process, which may be a session and not its agents',
      "start it with --avoid '^(claude|codex|tmux: server|sshd)$'; runs have a higher oom_score_adj",
    );
  if (name === 'systemd-oomd')
    return own.warn(
      'systemd-oomd kills whole cgroups: everything started from one terminal ends at once',
      'start agents with resource-manager run, which gives each a cgroup of its own',
    );
  return own.ok(`${oomKillers.map((killer) => killer.name).join(', ')} running`);
}

/** Findings about the machine. */
export function diagnoseMachine(facts: MachineFacts): Finding[] {
  const isLinux = facts.platform === 'linux';
  const linger = check('linger');
  const limits = check('limits');
  const few = [
    facts.openFiles !== null && facts.openFiles < FEW_FILES ? `${facts.openFiles} open files` : null,
    facts.userProcesses !== null && facts.userProcesses < FEW_PROCESSES ? `${facts.userProcesses} processes` : null,
    facts.inotifyInstances !== null && facts.inotifyInstances < FEW_WATCHES
      ? `${facts.inotifyInstances} inotify instances`
      : null,
  ].filter((words) => words !== null);
  return [
    facts.containment === 'ledger'
      ? check('containment').warn(
          CONTAINMENT_WORDS.ledger,
          isLinux
            ? 'provide a writable cgroup v2, or a systemd user session (ssh and cron need lingering)'
            : 'this system offers nothing better',
        )
      : check('containment').ok(CONTAINMENT_WORDS[facts.containment]),
    facts.canLimitMemory
      ? check('memory-limit').ok('run --memory is enforced by the kernel')
      : check('memory-limit').info(
          'run --memory cannot be enforced here; it only decides which run may start and which is ended first',
        ),
    facts.hasPressure
      ? check('pressure').ok('the kernel reports pressure stall information')
      : check('pressure').info(
          'no pressure stall information',
          isLinux ? 'boot with psi=1 if the kernel supports it' : undefined,
        ),
    facts.lingers === false
      ? linger.warn('your systemd services end when you log out', 'loginctl enable-linger')
      : linger.ok(facts.lingers === null ? 'no user systemd' : 'user services outlive your session'),
    few.length > 0
      ? limits.warn(
          `limits are low: ${few.join(', ')}`,
          'raise them: ulimit -n, ulimit -u, sysctl fs.inotify.max_user_instances',
        )
      : limits.ok('limits are high enough'),
    diagnoseOomKillers(facts),
    facts.hasSwap === false
      ? check('swap').info('no swap: the machine runs out of memory suddenly', 'keep the monitor running')
      : check('swap').ok(facts.hasSwap === null ? 'unknown' : 'there is swap'),
    facts.hasClaude && !facts.hasToolMemoryLimit
      ? check('tool-memory').info(
          'Claude Code’s own tools have no memory limit',
          'set CLAUDE_CODE_TOOL_MEMORY_LIMIT=4G in its settings',
        )
      : check('tool-memory').ok(facts.hasClaude ? 'Claude Code’s tools have a memory limit' : 'no Claude Code here'),
    diagnoseHook(facts),
  ];
}

function diagnoseHook({ hasClaude, hook }: MachineFacts): Finding {
  const own = check('hooks');
  if (!hasClaude) return own.ok('no Claude Code here');
  if (hook === 'there') return own.ok('Claude Code has our hook');
  if (hook === 'none')
    return own.info(
      'Claude Code does not request slots by itself: its settings have no hook of ours',
      'install the hooks: resource-manager integrate claude',
    );
  return own.warn(
    `the hooks in Claude Code’s settings call a program that is gone (${hook.gone}): its agents take no slots`,
    'install them again: resource-manager integrate claude',
  );
}

/** Above this difference, in percentage points, one of the two measurements is wrong. */
const MOST_MEMORY_POINTS = 5;

export function diagnoseCrossCheck({ memoryPoints, cpuPoints, failure }: CrossCheck): Finding {
  const own = check('cross-check');
  if (failure !== null) return own.info(`no measurement by node-os-utils: ${failure}`);
  if (memoryPoints === null) return own.info('no second measurement of memory');
  const cpu = cpuPoints === null ? '' : `, CPU ${cpuPoints.toFixed(1)} points apart`;
  const words = `compared with node-os-utils: memory ${memoryPoints.toFixed(1)} points apart${cpu}`;
  return memoryPoints > MOST_MEMORY_POINTS
    ? own.warn(words, 'a difference is normal in a container with a memory limit; otherwise compare with: free -b')
    : own.ok(words);
}
