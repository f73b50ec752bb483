/** Events of hooks as they come, and whether there is anything to do for them. */
import { describe, expect, it } from 'vitest';
import { goesOn, HOOK_EVENTS, hookEvent, isSpawn, spawnedAgent } from '../../../src/core/hooks/event.ts';
import { hasWork } from '../../../src/core/hooks/first-look.ts';
import { deniesIn } from '../../../src/core/hooks/on-error.ts';
import { CLAUDE_HOOKS, CODEX_HOOKS } from '../../../src/core/integrate/hook-table.ts';
import { LONGEST_PAUSE_MS, LONGEST_WAIT_MS } from '../../../src/core/settings/hooks.ts';
import { NOW } from '../../helpers/state.ts';

const event = (name: string, more: object = {}) =>
  hookEvent(JSON.stringify({ session_id: '1a2b3c4d-5e6f', hook_event_name: name, cwd: '/w', ...more }), null);

describe('an event', () => {
  it.each([
    { name: 'says itself what it is', text: { hook_event_name: 'Stop', session_id: 's' }, word: null, want: 'Stop' },
    { name: 'else the word does', text: { session_id: 's' }, word: 'stop' as const, want: 'Stop' },
    {
      name: 'what it says counts',
      text: { hook_event_name: 'Stop', session_id: 's' },
      word: 'session-end' as const,
      want: 'Stop',
    },
    {
      name: 'of a later version means nothing',
      text: { hook_event_name: 'Later', session_id: 's' },
      word: 'stop' as const,
      want: undefined,
    },
    { name: 'without a session means nothing', text: { hook_event_name: 'Stop' }, word: null, want: undefined },
    {
      name: 'with fields of other kinds is taken as it is',
      text: {
        hook_event_name: 'PreToolUse',
        session_id: 7,
        tool_name: null,
        tool_input: 'x',
        tool_response: [],
        background_tasks: {},
      },
      word: null,
      want: 'PreToolUse',
    },
  ])('$name', ({ text, word, want }) => {
    expect(hookEvent(JSON.stringify(text), word)?.name).toBe(want);
  });

  it.each(['', 'null', '[]', '{"a":', '3'])('that is no map is refused: %s', (text) => {
    expect(() => hookEvent(text, null)).toThrow(SyntaxError);
  });

  it.each(['Agent', 'Task', 'spawn_agent', 'collaboration.spawn_agent', 'multi_agents__spawn_agent'])(
    '%s starts an agent',
    (tool) => expect(isSpawn(event('PreToolUse', { tool_name: tool }) as never)).toBe(true),
  );
  it.each(['Bash', 'TaskCreate', 'AgentOutput', 'respawn_agents', 'mcp__town__spawn_agent'])(
    '%s starts none',
    (tool) => {
      expect(isSpawn(event('PreToolUse', { tool_name: tool }) as never)).toBe(false);
    },
  );

  it.each([
    {
      name: 'launched in the background',
      more: { tool_name: 'Agent', tool_response: { status: 'async_launched', agentId: 'a1' } },
      want: [true, 'a1'],
    },
    {
      name: 'completed',
      more: { tool_name: 'Agent', tool_response: { status: 'completed', agentId: 'a1' } },
      want: [false, 'a1'],
    },
    {
      name: 'an older version, which says no status',
      more: { tool_name: 'Task', tool_response: { content: [] } },
      want: [true, null],
    },
    {
      name: 'in the foreground, without a status',
      more: { tool_name: 'Agent', tool_input: { run_in_background: false }, tool_response: { content: [] } },
      want: [false, null],
    },
    ...['started', 'in_progress', 'queued', 'accepted', 'created'].map((status) => ({
      name: `in words of a later version: ${status}`,
      more: { tool_name: 'Agent', tool_response: { status, agentId: 'a1' } },
      want: [true, 'a1'],
    })),
    {
      name: 'a teammate',
      more: { tool_name: 'Agent', tool_response: { status: 'teammate_spawned', agent_id: 'm@t' } },
      want: [true, 'm@t'],
    },
    {
      name: 'Codex, whose answer is JSON in a text',
      more: { tool_name: 'spawn_agent', tool_response: '{"agent_id":"0199"}' },
      want: [true, '0199'],
    },
  ])('a call that came back: $name', ({ more, want }) => {
    const came = event('PostToolUse', more) as never;
    expect([goesOn(came), spawnedAgent(came)]).toEqual(want);
  });

  it('tells agents in the background from shells and from what is over', () => {
    const background_tasks = [
      { id: 'b1', type: 'shell', status: 'running' },
      { id: 'a1', type: 'subagent', status: 'running' },
      { id: 'a2', type: 'subagent', status: 'completed' },
      { task_id: 'a3' },
      'odd',
    ];
    expect(event('Stop', { background_tasks })?.running).toEqual(['a1', 'a3']);
    expect(event('Stop')?.running).toBeNull();
  });
});

const session = '  - {"session":"1a2b3c4d-5e6f","project":"odin","started_at":"2026-11-21T10:00:00.000Z"}';
const lease = (heard: string) =>
  `  - {"id":"L1","project":"odin","spawn":{"session":"1a2b3c4d-5e6f","tool_call":"t","agent_id":"a1","heard_at":"${heard}"}}`;
const listed = (key: string, lines: string) => (lines === '' ? `${key}: []` : `${key}:\n${lines}`);
const file = (leases = '', budgets = '', sessions = session) =>
  `version: 1\nmax_slots: 3\n${listed('leases', leases)}\nqueue: []\n${listed('budgets', budgets)}\n${listed('sessions', sessions)}\n`;
const NAMED =
  '  - {"session":"1a2b3c4d-5e6f","project":"odin","agent":"odin/auth","started_at":"2026-11-21T10:00:00.000Z"}';
const JUST_NOW = '2026-11-21T09:59:30.000Z';
const LONG_AGO = '2026-11-21T09:58:30.000Z';
const OWN = '  - {"agent":"odin/session-1a2b3c4d","workflow":"default"}';
const AGENTS = '  - {"agent":"odin/Agent-A1","workflow":"default"}';

describe('the first look', () => {
  const tool = (more = {}) => ['PreToolUse', { tool_name: 'Bash', ...more }] as const;
  const CASES: readonly (readonly [string, readonly [string, object?], string | null, boolean, string | null])[] = [
    ['a session starts', ['SessionStart'], null, true, null],
    ['an agent is to be started', ['PreToolUse', { tool_name: 'Agent' }], null, true, null],
    ['a tool call where there is no state', tool(), null, false, null],
    ['a tool call of one without a budget', tool(), file(), false, null],
    ['of one with a budget', tool(), file('', OWN), true, null],
    ['of an agent whose session has one', tool({ agent_id: 'a9' }), file('', OWN), true, null],
    ['of an agent with a budget of its own', tool({ agent_id: 'a1' }), file('', AGENTS), true, null],
    ['of the session, when only its agent has one', tool(), file('', AGENTS), false, null],
    ['of one that another name has a budget for', tool(), file('', '  - {"agent":"odin/auth"}'), true, 'odin/auth'],
    ['of an agent that was heard just now', tool({ agent_id: 'a1' }), file(lease(JUST_NOW)), false, null],
    ['of an agent that was not heard for a minute', tool({ agent_id: 'a1' }), file(lease(LONG_AGO)), true, null],
    ['a tool came back', ['PostToolUse', { tool_name: 'Bash' }], file(lease(LONG_AGO)), false, null],
    [
      'of an agent, a minute later',
      ['PostToolUse', { tool_name: 'Bash', agent_id: 'a1' }],
      file(lease(LONG_AGO)),
      true,
      null,
    ],
    ['the call of an agent came back', ['PostToolUse', { tool_name: 'Agent' }], file(), true, null],
    ['an agent ended', ['SubagentStop', { agent_id: 'a1' }], file(), true, null],
    ['a turn ended and no agent has a slot', ['Stop', { background_tasks: [] }], file(), false, null],
    ['a turn ended and one has', ['Stop', { background_tasks: [] }], file(lease(JUST_NOW)), true, null],
    ['a turn ended in a version that says nothing more', ['Stop'], file(lease(JUST_NOW)), false, null],
    ['a session ends', ['SessionEnd'], file(), true, null],
    ['of an agent of a known session that has no lease', tool({ agent_id: 'a7' }), file(lease(JUST_NOW)), true, null],
    ['of an agent of a session that nobody knows', tool({ agent_id: 'a7', session_id: 'x' }), file(), false, null],
    ['of a session that told another name', tool(), file('', '  - {"agent":"odin/auth"}', NAMED), true, null],
    ['another session ends', ['SessionEnd', { session_id: 'x' }], file(), false, null],
  ];
  it.each(CASES)('%s', (_name, [name, more], slots, want, alias) => {
    expect(hasWork(event(name, more) as never, () => slots, alias, NOW)).toBe(want);
  });

  it.each([
    [
      'a budget in block style',
      file().replace('budgets: []', 'budgets:\n  - agent: odin/session-1a2b3c4d\n    allocated: { tokens: 5 }'),
    ],
    ['budgets by name', file().replace('budgets: []', 'budgets: { odin/session-1a2b3c4d: { tokens: 5 } }')],
    ['a key in quotes', file().replace('budgets:', '"budgets":')],
    ['a key with a space', file().replace('budgets:', 'budgets :')],
    ['leases in block style', file().replace('leases: []', 'leases:\n  - id: L1\n    project: odin')],
    ['what is damaged', file().replace('leases: []', 'leases: {{{')],
    ['another version', file().replace('version: 1', 'version: 9')],
    ['no version', file().replace('version: 1\n', '')],
  ])('is in doubt about %s, and looks longer', (_name, slots) => {
    expect(hasWork(event('PreToolUse', { tool_name: 'Bash' }) as never, () => slots, null, NOW)).toBe(true);
    expect(hasWork(event('SessionEnd') as never, () => slots, null, NOW)).toBe(true);
  });

  it('is in no doubt about comments', () => {
    const slots = `# mine\n${file().replace('leases: []', 'leases: [] # none').replace('max_slots: 3', 'max_slots: 3 # few\nvm_state:\n  health: null')}`;
    expect(hasWork(event('PreToolUse', { tool_name: 'Bash' }) as never, () => slots, null, NOW)).toBe(false);
  });

  it('knows every event', () => {
    for (const name of Object.values(HOOK_EVENTS))
      expect(() => hasWork(event(name) as never, () => file(), null, NOW)).not.toThrow();
  });
});

describe('on_error in a config.yaml that cannot be read', () => {
  it.each([
    ['hooks: { on_error: deny }', true],
    ['hooks: { wait: 5s, "on_error": "deny" } # mine', true],
    ['hooks:\n  wait: 5s\n  on_error: deny', true],
    ['hooks: { on_error: allow } # or on_error: deny', false],
    ['# hooks: { on_error: deny }', false],
    ['notify:\n  - { on: [granted], command: "echo on_error: deny" }', false],
    ['', false],
  ])('%s', (config, want) => {
    expect(deniesIn(`strategy: fifo\n${config}\nstrategy: [`)).toBe(want);
  });
});

it('a hook is given more time than it may wait and pause', () => {
  for (const table of [CLAUDE_HOOKS, CODEX_HOOKS]) {
    const gate = table.find(({ event: name }) => name === 'PreToolUse')?.timeoutSeconds ?? 0;
    expect(LONGEST_WAIT_MS + LONGEST_PAUSE_MS).toBeLessThan(gate * 1000);
  }
  expect(LONGEST_PAUSE_MS).toBeLessThan(5 * 60_000);
});
