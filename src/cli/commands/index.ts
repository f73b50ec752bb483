/**
 * The table of the subcommands, by group, in the order of the help. It is the one list of them: package.json and bin/
 * are held against it by test/cli/commands/index.test.ts.
 */
import type { CommandTable } from '../command.ts';

export const GROUPS: Readonly<Record<string, CommandTable>> = {
  Slots: {
    request: {
      summary: 'take slots for a project, or a place in the queue',
      installed: ['request-slots', 'supervisor-request-slots'],
      load: () => import('./request.ts'),
    },
    release: {
      summary: 'give slots back; whoever waits for them is granted at once',
      installed: ['release-slots', 'supervisor-release-slots'],
      load: () => import('./release.ts'),
    },
    status: {
      summary: 'who has slots, who waits, and how the machine is',
      installed: ['resource-status'],
      load: () => import('./status.ts'),
    },
    top: {
      summary: 'live full-screen view of slots, agents, queue and budgets; ? shows the keys',
      load: () => import('./top.ts'),
    },
    queue: {
      summary: 'who waits, in the order in which they will be served, and why',
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
      summary: 'run a command under a slot that comes back however the command ends',
      load: () => import('./run.ts'),
    },
    kill: {
      summary: 'kill all agents of a project, release its slots, cancel its requests',
      installed: ['resource-kill'],
      load: () => import('./kill.ts'),
    },
    reap: {
      summary: 'list, or end, what runs and Claude sessions have left behind: processes whose holder is dead',
      load: () => import('./reap.ts'),
    },
  },
  Budgets: {
    budget: { summary: 'give out, move and see budgets of tokens, time and cost', load: () => import('./budget.ts') },
    'report-usage': {
      summary: 'say what an agent used, and learn what it may do next',
      installed: ['report-usage', 'supervisor-report-usage'],
      load: () => import('./report-usage.ts'),
    },
    check: {
      summary: 'ask what an agent may do: continue, warn, throttle, degrade or stop (exit 1)',
      load: () => import('./check.ts'),
    },
    throttle: { summary: 'slow an agent down to a part of its own pace', load: () => import('./throttle.ts') },
    stop: {
      summary: 'have an agent stop: its checks say so, and nothing more is set aside for it',
      load: () => import('./stop.ts'),
    },
    resume: { summary: 'lift what throttle and stop have imposed on an agent', load: () => import('./resume.ts') },
  },
  'Looking back and ahead': {
    history: {
      summary: 'what happened: grants, waits, releases, endings, usage, samples, with plots',
      load: () => import('./show-history.ts'),
    },
    report: {
      summary: 'where slots, tokens, time and money went, how well that worked, and what to change',
      load: () => import('./report.ts'),
    },
    efficiency: {
      summary: 'what an agent makes of its budget: used, spent for its progress, idle, waits',
      load: () => import('./efficiency.ts'),
    },
    audit: { summary: 'what agents reported beside what their transcripts say', load: () => import('./audit.ts') },
    forecast: {
      summary: 'when an agent’s budget is used up, how sure that is, and whether it is enough',
      load: () => import('./forecast.ts'),
    },
    simulate: {
      summary: 'serve the requests of a history again under other settings, to choose before switching',
      load: () => import('./simulate.ts'),
    },
  },
  'This machine': {
    init: { summary: 'make the state, sized to this machine', load: () => import('./init.ts') },
    config: { summary: 'show or change settings', load: () => import('./config.ts') },
    doctor: {
      summary: 'check what the machine offers and what is wrong, with a fix for each',
      load: () => import('./doctor.ts'),
    },
    monitor: {
      summary: 'watch the machine: its health, the capacity it allows, the dead, and what must be ended',
      load: () => import('./monitor.ts'),
    },
    service: {
      summary: 'keep the monitor running: a systemd unit, or a line for cron',
      load: () => import('./service.ts'),
    },
    metrics: { summary: 'print slots, queue, health and budgets for Prometheus', load: () => import('./metrics.ts') },
    completion: {
      summary: 'print the completion script of a shell',
      load: async () => (await import('./completion.ts')).completionOf(COMMANDS),
    },
  },
  'Agent programs': {
    integrate: {
      summary: 'put hooks, limits and slash commands into a coding agent’s settings, or take them out',
      load: () => import('./integrate.ts'),
    },
    hook: {
      summary: 'answer an event of an agent program; its hooks call this (see integrate)',
      load: async () => (await import('./hook.ts')).hook,
    },
    statusline: {
      summary: "a segment for Claude Code's status line: slots, who waits, the session's budget",
      load: async () => (await import('./hook.ts')).statusline,
    },
    'subagent-statusline': {
      summary: 'rows for agents that have a budget of their own; the others keep theirs',
      load: async () => (await import('./hook.ts')).subagentStatusline,
    },
  },
};

export const COMMANDS: CommandTable = Object.assign({}, ...Object.values(GROUPS));
