/** Findings of `doctor` about the state and the machine, each with its fix. */
import { type Environment, isDead } from '../environment.ts';
import { type LastBeat, MISSED_BEATS } from '../model/beat.ts';
import type { Lease } from '../model/lease.ts';
import { isElsewhere, type ProcessRef } from '../model/process-ref.ts';
import { effectiveMaxSlots, type State } from '../model/state.ts';
import { isMonitored } from '../monitored.ts';
import { abandonedRuns, unfinishedEndings } from '../reap/abandoned.ts';
import { SAMPLE_STALE_MS } from '../settings/health.ts';
import type { CrossCheck, MachineFacts } from './facts.ts';

export type FindingLevel = 'ok' | 'info' | 'warn' | 'fault';

export interface Finding {
  readonly id: string;
  readonly level: FindingLevel;
  readonly summary: string;
  /** Null if there is nothing to fix. A fix that names a command ends with it, after `: `. */
  readonly fix: string | null;
  /** Whether `doctor --fix` applies the fix. */
  readonly isFixable: boolean;
}

const FIX = 'resource-manager doctor --fix';

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

const timeWords = (ms: number): string =>
  ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`;

/** A lease with a holder that nobody here can see: it is held by its signs of life, or until a person gives it back. */
function diagnoseAway({ id, project }: Lease, beat: LastBeat | null): Finding {
  const place = `${id} of ${project} is held in another pid namespace (a container, a sandbox)`;
  if (beat === null)
    return check('leases').warn(
      `${place}: nobody here can see whether its holder lives`,
      `if that container is gone: release-slots ${project} --lease ${id}`,
    );
  const freedMs = MISSED_BEATS * beat.everyMs;
  return check('leases').info(
    `${place} by its signs of life: the last one was ${timeWords(beat.ageMs)} ago, and its slots come back ${timeWords(freedMs)} after the last`,
  );
}

/** Findings about the state. `lastBeat` says when a process gave its last sign of life. */
export function diagnoseState(
  state: State,
  env: Environment,
  repairs: readonly string[],
  lastBeat: (ref: ProcessRef) => LastBeat | null,
): Finding[] {
  const stale = state.leases.filter(({ holder, run }) => holder !== null && isDead(env, holder) && run === null);
  const abandoned = abandonedRuns(state, env);
  const unfinished = unfinishedEndings(state, env);
  const paused = state.leases.filter(({ pausedAt }) => pausedAt !== null);
  const isAway = (ref: ProcessRef | null): ref is ProcessRef =>
    ref !== null && isElsewhere(ref, env.here) && !isDead(env, ref);
  const away = state.leases.filter(({ holder }) => isAway(holder));
  const waitingAway = state.queue.filter(({ holder, waiter }) => isAway(holder) || isAway(waiter));
  const names = (leases: readonly { readonly id: string }[]): string => leases.map(({ id }) => id).join(', ');
  const { sampledAt } = state.vmState;
  const isFresh = sampledAt !== null && Math.abs(env.now - sampledAt) <= SAMPLE_STALE_MS;
  const isWatched = isMonitored(state, env);
  const effective = effectiveMaxSlots(state);
  const monitor = check('monitor');
  const now = (words: string): string => `${words}: ${FIX}`;
  const unwatched = isWatched ? 'a monitor runs, but takes no samples' : 'the machine is not monitored';
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
          now('the next command that writes corrects it, or now'),
          true,
        )
      : check('allocation').ok('slot_allocation is the sum of the leases'),
    ...(stale.length > 0
      ? [
          check('leases').warn(
            `held by dead processes: ${names(stale)}`,
            now('the next command frees them, or now'),
            true,
          ),
        ]
      : away.length > 0
        ? []
        : [check('leases').ok('every holder is alive')]),
    ...away.map((lease) => diagnoseAway(lease, lease.holder && lastBeat(lease.holder))),
    ...waitingAway.map(({ ticket, project }) =>
      check('queue').warn(
        `${ticket} of ${project} waits for a process in another pid namespace (a container, a sandbox), unseen from here`,
        `if that container is gone: resource-manager cancel ${ticket}`,
      ),
    ),
    abandoned.length > 0
      ? check('wrappers').warn(`running without a wrapper: ${names(abandoned)}`, 'end them: resource-manager reap')
      : check('wrappers').ok('every run has its wrapper'),
    unfinished.length > 0
      ? check('endings').fault(
          `marked for ending, but not ended: ${names(unfinished)}`,
          'a running monitor ends it, or one round: resource-manager monitor --once',
        )
      : check('endings').ok('every ending is complete'),
    paused.length > 0 && !isWatched
      ? check('paused').fault(`paused by a monitor that no longer runs: ${names(paused)}`, now('let them go on'), true)
      : check('paused').ok('no run is paused without a monitor'),
    isFresh
      ? monitor.ok(isWatched ? 'a monitor is running' : 'the machine was sampled within five minutes')
      : effective < state.maxSlots
        ? monitor.fault(
            `${unwatched}, and an old sample allows only ${effective} of ${state.maxSlots} slots`,
            now('take a sample now, and keep a monitor running (resource-manager service install)'),
            true,
          )
        : monitor.warn(
            `${unwatched}: no agent is ended when memory runs out`,
            isWatched
              ? `find out what holds up process ${state.monitor?.pid}, or end it and start another one`
              : 'keep a monitor running: resource-manager service install',
          ),
    diagnoseHealth(state, isFresh),
  ];
}

const RAISE = 'wait, lower what uses it, or raise the limit (vm_limits in slots.yaml); its use is shown by';

/** Health by a sample that still counts: strain takes slots from everybody, and so is never fine. */
function diagnoseHealth(state: State, isFresh: boolean): Finding {
  const own = check('health');
  const { health, reason } = state.vmState;
  if (!isFresh || health === null) return own.info('not known: no monitor has looked for five minutes');
  if (health === 'healthy') return own.ok('the machine is healthy');
  const words = `the machine is ${health}${reason === null ? '' : `: ${reason}`}`;
  const fix = `${RAISE}: resource-manager top --once`;
  if (health === 'critical') return own.fault(`${words}; no new agents until it recovers`, fix);
  return own.warn(`${words}; ${effectiveMaxSlots(state)} of ${state.maxSlots} slots are allowed now`, fix);
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
  if (name === 'earlyoom' && !/--(?:prefer|avoid)\b/.test(commandLine))
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
          'no pressure stall information: work that stalls for memory is not seen',
          isLinux ? 'boot with psi=1 if the kernel supports it; a container of cgroup v1 has none' : undefined,
        ),
    facts.lingers === null
      ? linger.info('no user systemd')
      : facts.lingers
        ? linger.ok('user services outlive your session')
        : linger.warn('your systemd services end when you log out', 'loginctl enable-linger'),
    diagnoseLimits(facts),
    diagnoseOomKillers(facts),
    facts.hasSwap === null
      ? check('swap').info('unknown')
      : facts.hasSwap
        ? check('swap').ok('there is swap')
        : check('swap').info('no swap here: memory runs out suddenly', 'keep the monitor running'),
    diagnoseToolMemory(facts),
    diagnoseHook(facts),
  ];
}

function diagnoseLimits({ platform, openFiles, tasks, inotifyInstances }: MachineFacts): Finding {
  const own = check('limits');
  if (platform !== 'linux') return own.info('not known on this system');
  const isFew = (limit: number | null, least: number): limit is number => limit !== null && limit < least;
  const low = [
    ...(isFew(openFiles, FEW_FILES) ? [[`${openFiles} open files`, `ulimit -n ${FEW_FILES}`]] : []),
    ...(isFew(tasks, FEW_PROCESSES)
      ? [[`${tasks} processes and threads`, `ulimit -u ${FEW_PROCESSES} (of a container or service: its pids limit)`]]
      : []),
    ...(isFew(inotifyInstances, FEW_WATCHES)
      ? [[`${inotifyInstances} inotify instances`, `sysctl fs.inotify.max_user_instances=${FEW_WATCHES}`]]
      : []),
  ] as [string, string][];
  if (low.length === 0) return own.ok('limits are high enough');
  return own.warn(
    `limits are low: ${low.map(([words]) => words).join(', ')}`,
    `raise them, as root: ${low.map(([, command]) => command).join('; ')}`,
  );
}

function diagnoseToolMemory({ hasClaude, hasToolMemoryLimit }: MachineFacts): Finding {
  const own = check('tool-memory');
  if (!hasClaude) return own.info('no Claude Code here');
  if (hasToolMemoryLimit) return own.ok('Claude Code’s tools have a memory limit');
  return own.info(
    'Claude Code’s own tools have no memory limit',
    'set a session’s part of the memory, with the hooks: resource-manager integrate claude',
  );
}

function diagnoseHook({ hasClaude, hook }: MachineFacts): Finding {
  const own = check('hooks');
  if (!hasClaude) return own.info('no Claude Code here');
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
    ? own.warn(
        words,
        'it is normal with a limit of a container, huge pages or a cache of ZFS, which only our figure counts; else compare with: free -b',
      )
    : own.ok(words);
}
