/** Parsing of hook events. */
import { describe, expect, it } from 'vitest';
import { goesOn, hookEvent, isSpawn, spawnedAgent } from '../../../src/core/hooks/event.ts';
import { CLAUDE_HOOKS, CODEX_HOOKS } from '../../../src/core/integrate/hook-table.ts';
import { LONGEST_PAUSE_MS, LONGEST_WAIT_MS } from '../../../src/core/settings/hooks.ts';

const event = (name: string, more: object = {}) =>
  hookEvent(JSON.stringify({ session_id: '1a2b3c4d-5e6f', hook_event_name: name, cwd: '/w', ...more }), null);

describe('an event', () => {
  it.each([
    { name: 'is named by the JSON', text: { hook_event_name: 'Stop', session_id: 's' }, word: null, want: 'Stop' },
    { name: 'otherwise is named by the command', text: { session_id: 's' }, word: 'stop' as const, want: 'Stop' },
    {
      name: 'is named by the JSON if the two differ',
      text: { hook_event_name: 'Stop', session_id: 's' },
      word: 'session-end' as const,
      want: 'Stop',
    },
    {
      name: 'of an unknown kind is ignored',
      text: { hook_event_name: 'Later', session_id: 's' },
      word: 'stop' as const,
      want: undefined,
    },
    { name: 'without a session is ignored', text: { hook_event_name: 'Stop' }, word: null, want: undefined },
    {
      name: 'with fields of unexpected types is accepted',
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

  it.each(['', 'null', '[]', '{"a":', '3'])('that is not a JSON object is refused: %s', (text) => {
    expect(() => hookEvent(text, null)).toThrow(SyntaxError);
  });

  it.each(['Agent', 'Task', 'spawn_agent', 'collaboration.spawn_agent', 'multi_agents__spawn_agent'])(
    '%s starts an agent',
    (tool) => expect(isSpawn(event('PreToolUse', { tool_name: tool }) as never)).toBe(true),
  );
  it.each(['Bash', 'TaskCreate', 'AgentOutput', 'respawn_agents', 'mcp__town__spawn_agent'])(
    '%s starts no agent',
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
      name: 'an older version without a status',
      more: { tool_name: 'Task', tool_response: { content: [] } },
      want: [true, null],
    },
    {
      name: 'in the foreground, without a status',
      more: { tool_name: 'Agent', tool_input: { run_in_background: false }, tool_response: { content: [] } },
      want: [false, null],
    },
    ...['started', 'in_progress', 'queued', 'accepted', 'created'].map((status) => ({
      name: `an unknown status: ${status}`,
      more: { tool_name: 'Agent', tool_response: { status, agentId: 'a1' } },
      want: [true, 'a1'],
    })),
    {
      name: 'a teammate',
      more: { tool_name: 'Agent', tool_response: { status: 'teammate_spawned', agent_id: 'm@t' } },
      want: [true, 'm@t'],
    },
    {
      name: 'Codex, with JSON in a string',
      more: { tool_name: 'spawn_agent', tool_response: '{"agent_id":"0199"}' },
      want: [true, '0199'],
    },
  ])('a call that returned: $name', ({ more, want }) => {
    const returned = event('PostToolUse', more) as never;
    expect([goesOn(returned), spawnedAgent(returned)]).toEqual(want);
  });

  it('may begin with a byte order mark', () => {
    expect(hookEvent('\ufeff{"hook_event_name":"Stop","session_id":"s"}\r\n', null)?.name).toBe('Stop');
  });

  it('lists running background agents without shells and completed agents', () => {
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

it('the timeout of a hook is longer than its longest wait and pause', () => {
  for (const table of [CLAUDE_HOOKS, CODEX_HOOKS]) {
    const gate = table.find(({ event: name }) => name === 'PreToolUse')?.timeoutSeconds ?? 0;
    expect(LONGEST_WAIT_MS + LONGEST_PAUSE_MS).toBeLessThan(gate * 1000);
  }
  expect(LONGEST_PAUSE_MS).toBeLessThan(5 * 60_000);
});
