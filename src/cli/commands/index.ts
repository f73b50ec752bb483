/**
 * The only list of subcommands, by group, in the order of the help. test/cli/commands/index.test.ts compares package.json
 * and bin/ with it.
 */
import type { CommandEntry, CommandModule, CommandTable } from '../command.ts';
import { SLOT_COMMANDS } from './slots.ts';

export const GROUPS = {
  Slots: {
    ...SLOT_COMMANDS,
    status: {
      summary: 'show who holds slots, who waits, and the health of the machine',
      installed: ['resource-status'],
      load: () => import('./status.ts'),
    },
    top: {
      summary: 'show slots, agents, queue and budgets in a live full-screen view; ? lists the keys',
      load: () => import('./top.ts'),
    },
    queue: {
      summary: 'list the requests that wait, in the order of service, with the reason of each',
      load: () => import('./queue.ts'),
    },
    cancel: { summary: 'take requests out of the queue', load: () => import('./cancel.ts') },
    'set-max': {
      summary: 'set how many agents may run at once, over all projects',
      installed: ['set-max', 'resource-set-max'],
      load: () => import('./set-max.ts'),
    },
  },
  'Running and ending': {
    run: {
      summary: 'run a command under a slot, and release it however the command ends',
      load: () => import('./run.ts'),
    },
    kill: {
      summary: 'kill all agents of a project, release its slots, cancel its requests',
      installed: ['resource-kill'],
      load: () => import('./kill.ts'),
    },
    reap: {
      summary: 'list or end processes that runs, or dead Claude sessions, have left behind',
      load: () => import('./reap.ts'),
    },
  },
  Budgets: {
    budget: { summary: 'allocate, move and show budgets of tokens, time and cost', load: () => import('./budget.ts') },
    'report-usage': {
      summary: 'report the usage of an agent, and learn what it may do next',
      installed: ['report-usage', 'supervisor-report-usage'],
      load: () => import('./report-usage.ts'),
    },
    check: {
      summary: 'ask what an agent may do: continue, warn, throttle, degrade or stop (exit 1)',
      load: () => import('./check.ts'),
    },
    throttle: { summary: 'slow an agent down to a part of its own pace', load: () => import('./throttle.ts') },
    stop: {
      summary: 'tell an agent to stop; its reservations are refused',
      load: () => import('./stop.ts'),
    },
    resume: { summary: 'lift throttle and stop from an agent', load: () => import('./resume.ts') },
  },
  'Looking back and ahead': {
    history: {
      summary: 'show past events, with plots',
      load: () => import('./show-history.ts'),
    },
    report: {
      summary: 'sum up the use of slots, tokens, time and money, and suggest changes',
      load: () => import('./report.ts'),
    },
    efficiency: {
      summary: 'show how an agent uses its budget',
      load: () => import('./efficiency.ts'),
    },
    audit: {
      summary: 'compare the usage that agents report with their transcripts',
      load: () => import('./audit.ts'),
    },
    prices: {
      summary: 'show the prices of models, or keep other ones from a file',
      load: () => import('./prices.ts'),
    },
    forecast: {
      summary: 'forecast when the budget of an agent is used up, and whether it is enough',
      load: () => import('./forecast.ts'),
    },
    simulate: {
      summary: 'replay past requests under other settings, to try them before switching',
      load: () => import('./simulate.ts'),
    },
  },
  'This machine': {
    init: { summary: 'create the state, sized to this machine', load: () => import('./init.ts') },
    config: { summary: 'show or change settings', load: () => import('./config.ts') },
    doctor: {
      summary: 'check the state and the machine, and name a fix for each fault',
      load: () => import('./doctor.ts'),
    },
    monitor: {
      summary: 'watch the machine: health, capacity, dead holders, memory',
      load: () => import('./monitor.ts'),
    },
    service: {
      summary: 'keep the monitor running with systemd or cron',
      load: () => import('./service.ts'),
    },
    metrics: { summary: 'print slots, queue, health and budgets for Prometheus', load: () => import('./metrics.ts') },
    completion: {
      summary: 'print the completion script of a shell',
      load: async (): Promise<CommandModule<object>> => (await import('./completion.ts')).completionOf(COMMANDS),
    },
  },
  'Agent programs': {
    integrate: {
      summary: 'put hooks, limits and slash commands into a coding agent’s settings, or take them out',
      load: () => import('./integrate.ts'),
    },
    hook: {
      summary: 'answer an event of an agent program; the hooks of integrate call it',
      load: async () => (await import('./hook.ts')).hook,
    },
    statusline: {
      summary: 'print a segment for the status line of Claude Code: slots, who waits, budget',
      load: async () => (await import('./hook.ts')).statusline,
    },
    'subagent-statusline': {
      summary: 'print rows for agents with a budget of their own',
      load: async () => (await import('./hook.ts')).subagentStatusline,
    },
  },
} satisfies Readonly<Record<string, CommandTable>>;

type Groups = typeof GROUPS;
type Entry = { [Group in keyof Groups]: Groups[Group][keyof Groups[Group]] }[keyof Groups];

/** The module of some command: its call asks for the ports of all, so a missing one does not compile. */
export type AnyCommand = Awaited<ReturnType<Entry['load']>>;

export const COMMANDS: Readonly<Record<string, CommandEntry<AnyCommand>>> = Object.assign({}, ...Object.values(GROUPS));
