/** Sound inputs of each kind, from which mutated ones are made. */
import { parseSlots, type SlotsDocument } from '../../src/store/document/slots-document.ts';

const AT = '2026-11-21T10:00:00.000Z';
const PROCESS = '{"pid":5,"started":50,"command":"node","boot":"b"}';

const FULL = `# mine
version: 1
max_slots: 20 # all of them
slot_allocation:
  consilio: 3 # prod
  odin: 1
vm_limits: { max_cpu_percent: 85, max_memory_percent: 90 }
vm_state:
  health: healthy
  effective_max_slots: null
  reason: "memory: 91% used"
learned_memory: { odin: 600000000 }
learned_duration:
  odin: 90
monitor: ${PROCESS}
last_grant_at: ${AT}
next_id: 12
leases: # held
  - {"id":"L7","project":"consilio","slots":2,"holder":${PROCESS},"acquired_at":"${AT}","expires_at":null,"agents":[{"name":"auth","pid":7,"progress":40,"phase":"2/4","progress_at":"${AT}"}],"x":{"y":[1]}}
  # nested
  - {"id":"L8","project":"consilio","slots":1,"holder":null,"acquired_at":"${AT}","expires_at":"2026-12-21T10:00:00.000Z","agents":[]}
  - {"id":"L9","project":"odin","slots":1,"holder":${PROCESS},"acquired_at":"${AT}","expires_at":"2026-12-21T10:00:00.000Z","agents":[],"spawn":{"session":"s1","tool_call":"t1","agent_id":"a1","heard_at":"${AT}"}}
queue:
  - {"ticket":"T10","project":"odin","slots":19,"min_slots":2,"priority":5,"queued_at":"${AT}","holder":${PROCESS},"waiter":null,"offered_until":null,"agents":["api"],"ttl_ms":3600000}
budgets:
  - {"workflow":"default","total":{"tokens":1000000,"cost_micro_usd":50000000},"reserve":{"tokens":100000},"window":{"per":"day","zone":"Europe/Vienna","started_at":"2026-11-20T23:00:00.000Z","ends_at":"2026-11-21T23:00:00.000Z"}}
  - {"agent":"consilio/auth","allocated":{"tokens":1000},"consumed":{"tokens":400},"reservations":[{"id":"r","tokens":5,"until":"${AT}"}],"settled":["i"],"throttle":0.5,"reports":2,"allocated_at":"${AT}","reported_at":"${AT}"}
  - {"agent":"odin/s1","priority":"low","allocated":{"cost_micro_usd":900},"level":"yellow","allocated_at":"${AT}"}
sessions:
  - {"session":"s1","project":"odin","agent":"odin/s1","process":${PROCESS},"transcript":"/t/s1.jsonl","started_at":"${AT}","tasks":{"open":["1"],"done":2}}
`;

export const SLOTS: readonly string[] = [
  FULL,
  'version: 1\nmax_slots: 20\nslot_allocation: {}\nvm_state: {}\nleases: []\nqueue: []\n',
  `max_slots: 9\nslot_allocation: { a: 1 }\nbudgets:\n  consilio/auth: { tokens: 50000, time: 2h, cost: 5.00 }\nleases:\n  - id: L1 # mine\n    project: a\n    slots: 1\n    "agents": [{ name: 'x', note: &n hi }]\nmine: *n\n`,
  `{ "max_slots": 9, mine: &mine { a: 1 }, 'slot_allocation': *mine, leases: [{ id: L1, project: a, slots: 1 }] }\n`,
];

export const CONFIG = `# mine
strategy: priority # order
drain_after: 10m
max_per_project: 5
project_priorities: { consilio: 9 }
projects:
  consilio: { guaranteed: 2, max: 9, weight: 2 }
budget:
  thresholds: { yellow: 0.6, red: 0.9 }
  idle_after: 10m
notify:
  - { on: [granted, budget-red], command: "echo hi" }
hooks: { wait: 0s, on_error: allow }
claude:
  projects: { /srv/a: atlas }
history: { keep: 30d }
`;

const hook = (fields: object): string => JSON.stringify({ session_id: 's1', cwd: '/w/odin', ...fields });
const spawn = { tool_name: 'Task', tool_use_id: 't2', tool_input: { description: 'd', prompt: 'p', model: 'opus' } };
export const EVENTS: readonly string[] = [
  hook({ hook_event_name: 'SessionStart', source: 'startup', transcript_path: '/t/s1.jsonl' }),
  hook({ hook_event_name: 'PreToolUse', ...spawn }),
  hook({
    hook_event_name: 'PreToolUse',
    agent_id: 'a1',
    tool_name: 'Bash',
    tool_use_id: 't3',
    tool_input: { command: 'ls' },
  }),
  hook({ hook_event_name: 'PostToolUse', ...spawn, tool_response: { agentId: 'a2', status: 'completed' } }),
  hook({ hook_event_name: 'PostToolUseFailure', ...spawn, error: 'no' }),
  hook({ hook_event_name: 'SubagentStart', agent_id: 'a2', agent_type: 'general' }),
  hook({ hook_event_name: 'SubagentStop', agent_id: 'a1', stop_hook_active: false }),
  hook({ hook_event_name: 'Stop', background_tasks: [{ id: 'a1', type: 'agent', status: 'running' }] }),
  hook({ hook_event_name: 'TaskCreated', task_id: '3' }),
  hook({ hook_event_name: 'TaskCompleted', task_id: '1' }),
  hook({ hook_event_name: 'SessionEnd', reason: 'clear' }),
  hook({
    hook_event_name: 'PreToolUse',
    turn_id: 'u',
    tool_name: 'spawn_agent',
    call_id: 'c',
    tool_input: '{"message":"x"}',
  }),
];

const usage = {
  input_tokens: 12,
  cache_creation_input_tokens: 8000,
  cache_read_input_tokens: 14000,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 8000 },
  output_tokens: 3,
  service_tier: 'standard',
  iterations: [{ type: 'message', input_tokens: 12, output_tokens: 3 }],
};
const message = { id: 'm1', model: 'claude-opus-4-8', usage };
const claude = { type: 'assistant', sessionId: 's1', agentId: 'a1', cwd: '/w', timestamp: AT, message };
const counts = { input_tokens: 900, cached_input_tokens: 10, output_tokens: 50, total_tokens: 950 };
const info = { total_token_usage: counts, last_token_usage: counts };
const codex = (type: string, payload: object): string => JSON.stringify({ timestamp: AT, type, payload });
export const RECORDS: readonly string[] = [
  JSON.stringify(claude),
  JSON.stringify({
    ...claude,
    message: { ...message, usage: { ...usage, server_tool_use: { web_search_requests: 2 } } },
  }),
];

export const CODEX_RECORDS: readonly string[] = [
  codex('session_meta', { id: 's9', cwd: '/w', cli_version: '0.150.0', source: 'cli' }),
  codex('turn_context', { cwd: '/w', model: 'gpt-5.4', service_tier: 'priority' }),
  codex('event_msg', { type: 'token_count', info }),
  codex('token_usage_record', { usage: counts, thread_token_usage: counts, response_id: 'r1' }),
];

export const SETTINGS: readonly string[] = [
  '{}\n',
  `{\n  "model": "opus",\n  "env": { "A": "1" },\n  "hooks": {\n    "Stop": [{ "hooks": [{ "type": "command", "command": "mine" }] }],\n    "PreToolUse": [{ "matcher": "Bash", "hooks": [] }]\n  },\n  "statusLine": { "type": "command", "command": "x" }\n}\n`,
];

/** Lines of a history. */
export const PAST: readonly string[] = [
  { kind: 'budget-allocate', workflow: 'default', agent: 'consilio/auth', allocated: [{ agent: 'a', tokens: 1000 }] },
  { kind: 'granted', project: 'consilio', lease: 'L1', slots: 2, requested: 2, min_slots: 1, waited_seconds: 0.5 },
  { kind: 'queued', project: 'odin', ticket: 'T2', slots: 2, min_slots: 2 },
  { kind: 'usage', agent: 'consilio/auth', workflow: 'default', tokens: 950, cost_usd: 0.02, progress: 40 },
  { kind: 'budget', agent: 'consilio/auth', workflow: 'default', from: 'green', to: 'red' },
  { kind: 'sample', cpu_percent: 3.9, memory_percent: 2.1, load_average: 0.8, failures: [], effective_max_slots: 20 },
  { kind: 'withdrawn', project: 'odin', ticket: 'T2', slots: 2, waited_seconds: 43.2 },
  { kind: 'released', project: 'consilio', lease: 'L1', slots: 2, held_seconds: 60 },
].map((record) => JSON.stringify({ at: AT, ...record }));

export const PRICES = `${JSON.stringify({
  schema_version: 1,
  as_of: '2026-11-28',
  models: [
    { model: 'claude-opus-4-8', from: '2026-03-13', input: 5, output: 25, cache_read: 0.5, source: 'me' },
    { model: 'gpt-5.4', input: 2.5, output: 15, long_above: 272000, long_input_factor: 2, fast_when_long: false },
  ],
})}\n`;

/** What Claude Code gives to a command of its status lines. */
export const STATUS: readonly string[] = [
  JSON.stringify({ session_id: 's1', cwd: '/w/odin', model: { id: 'opus' }, cost: { total_cost_usd: 0.01 } }),
  JSON.stringify({ session_id: 's1', tasks: [{ id: 'a1', status: 'running', label: 'auth' }] }),
];

/** The sound documents that a command may change, each read once. The last sample has an alias, which a change would break. */
export const soundDocuments = (): Promise<readonly SlotsDocument[]> =>
  Promise.all(
    [...SLOTS.slice(0, 2), (SLOTS[2] as string).replace('&n ', '').replace('*n', 'n')].map((text) =>
      parseSlots('slots.yaml', text, null),
    ),
  );
