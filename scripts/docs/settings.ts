/** Groups and examples of settings, for the template of config.yaml and the reference page. */

/** Keys of config.yaml that belong together, in the order of the file. */
export interface Group {
  readonly title: string;
  readonly intro: string;
  readonly keys: readonly string[];
}

export const GROUPS: readonly Group[] = [
  {
    title: 'The queue',
    intro: 'Requests that cannot be granted at once wait in one queue for all projects.',
    keys: ['strategy', 'drain_after', 'aging_step', 'start_spacing'],
  },
  {
    title: 'Projects',
    intro: 'Limits, priorities and guarantees. A project needs no entry; names are compared without regard to case.',
    keys: ['max_per_project', 'project_priorities', 'projects'],
  },
  {
    title: 'Slots',
    intro: 'What a slot costs, and when it comes back by itself.',
    keys: ['claim_within', 'lease_ttl', 'slot_memory', 'containment'],
  },
  {
    title: 'Capacity',
    intro: 'The capacity is the number of slots that the machine can bear now; the monitor sets it.',
    keys: ['auto_scale'],
  },
  {
    title: 'The monitor',
    intro: 'When the machine counts as strained, and what follows. The limits are `vm_limits` in `slots.yaml`.',
    keys: ['monitor'],
  },
  {
    title: 'Budgets',
    intro: 'How budgets of tokens, time and cost are shared and enforced.',
    keys: ['budget'],
  },
  {
    title: 'Agents inside sessions',
    intro: 'Agents inside Claude Code and Codex ask through hooks (`resource-manager integrate`).',
    keys: ['hooks', 'claude'],
  },
  {
    title: 'Reports and transcripts',
    intro: 'When `resource-manager audit` takes a report for wrong.',
    keys: ['audit'],
  },
  {
    title: 'Prices',
    intro: 'Prices of models that the program does not know, or that you have agreed on; they come before all others.',
    keys: ['prices'],
  },
  { title: 'Notifications', intro: 'Rules with a command and the events it is run for.', keys: ['notify'] },
  {
    title: 'History',
    intro: 'How much is kept of what happened: a file for each day in `history/`.',
    keys: ['history'],
  },
  {
    title: 'The lock',
    intro: 'Commands change `slots.yaml` one at a time, for a few milliseconds each.',
    keys: ['lock_wait', 'lock_takeover_after'],
  },
];

/** Examples, as lines of config.yaml, of settings whose form the kind's name does not show. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  project_priorities: 'project_priorities: { consilio: 10, openhorizon: 8 }',
  projects: 'projects:\n  consilio: { guaranteed: 3, max: 10, weight: 2 }',
  'budget.degrade':
    'budget:\n  degrade:\n    default: use a cheaper model\n    consilio/tests: run only the tests that failed',
  'claude.projects': 'claude:\n  projects: { /srv/consilio: consilio }',
  notify:
    'notify:\n  - { on: critical, command: notify-send "memory runs out" }\n  - { on: [killed, budget-black], command: "jq -r .kind >> ~/alerts.log" }',
};

/** The settings in the template: those that users change. */
export const TEMPLATE_KEYS = [
  'strategy',
  'drain_after',
  'start_spacing',
  'max_per_project',
  'project_priorities',
  'projects',
  'claim_within',
  'lease_ttl',
  'slot_memory',
  'containment',
  'auto_scale.enabled',
  'auto_scale.floor',
  'monitor.interval',
  'monitor.cpu_pressure_percent',
  'monitor.grace',
  'monitor.pause',
  'budget.reserve_percent',
  'budget.max_share_percent',
  'budget.on_stop',
  'hooks.wait',
  'hooks.on_error',
  'hooks.silence',
  'claude.projects',
  'claude.watch',
  'notify',
  'history.keep',
  'history.max_size',
];
