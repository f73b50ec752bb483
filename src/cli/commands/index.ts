/** The subcommands, each loaded only when it is the one. */
import type { CommandModule } from '../command.ts';

export const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  request: () => import('./request.ts'),
  release: () => import('./release.ts'),
  status: () => import('./status.ts'),
  top: () => import('./top.ts'),
  run: () => import('./run.ts'),
  monitor: () => import('./monitor.ts'),
  metrics: () => import('./metrics.ts'),
  kill: () => import('./kill.ts'),
  reap: () => import('./reap.ts'),
  service: () => import('./service.ts'),
  doctor: () => import('./doctor.ts'),
  queue: () => import('./queue.ts'),
  cancel: () => import('./cancel.ts'),
  'set-max': () => import('./set-max.ts'),
  budget: () => import('./budget.ts'),
  'report-usage': () => import('./report-usage.ts'),
  check: () => import('./check.ts'),
  throttle: () => import('./throttle.ts'),
  stop: () => import('./stop.ts'),
  resume: () => import('./resume.ts'),
  history: () => import('./show-history.ts'),
  report: () => import('./report.ts'),
  efficiency: () => import('./efficiency.ts'),
  simulate: () => import('./simulate.ts'),
  forecast: () => import('./forecast.ts'),
  audit: () => import('./audit.ts'),
  integrate: () => import('./integrate.ts'),
  init: () => import('./init.ts'),
  config: () => import('./config.ts'),
  completion: () => import('./completion.ts'),
};

/** Installed command name → the subcommand that it is. */
export const INSTALLED: Readonly<Record<string, string>> = {
  'request-slots': 'request',
  'supervisor-request-slots': 'request',
  'release-slots': 'release',
  'supervisor-release-slots': 'release',
  'report-usage': 'report-usage',
  'supervisor-report-usage': 'report-usage',
  'resource-status': 'status',
  'resource-kill': 'kill',
  'set-max': 'set-max',
  'resource-set-max': 'set-max',
};
