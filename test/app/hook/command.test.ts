/** The hook and the status lines as commands: wrong words, odd input, and events of other agent programs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linuxProcesses } from '../../../src/host/processes/linux.ts';
import { takeLock } from '../../../src/store/lock/lock.ts';
import {
  aProcess,
  binary,
  cleanEnvironment,
  collect,
  ended,
  kill,
  type Sandbox,
  sandbox,
  start,
  until,
} from '../../helpers/cli.ts';

function hook(box: Sandbox, words: readonly string[], input: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary('resource-manager'), ...words], {
    input,
    encoding: 'utf8',
    env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, CLAUDE_PID: String(process.pid), ...env }),
  });
  return { status, stdout, stderr };
}

const SESSION = '1a2b3c4d-0000-4000-8000-000000000000';
const event = (name: string, more: object = {}) =>
  JSON.stringify({ session_id: SESSION, hook_event_name: name, cwd: '/w/odin', ...more });

describe('the hook command', () => {
  it.each([
    {
      words: ['hook', 'pre-tool-us'],
      want: /^error: unknown hook event 'pre-tool-us'\nhint: expected one of: session-start/,
    },
    { words: ['hook', 'stop', 'now'], want: /^error: hook does not accept 'now'/ },
    { words: ['hook', 'stop', '--verbose'], want: /^error: hook takes an event and --dir/ },
    { words: ['statusline', '--verbose'], want: /^error: statusline takes --dir/ },
  ])('blocks nothing when it is typed wrong: $words', ({ words, want }) => {
    const { status, stdout, stderr } = hook(sandbox(1), words, event('Stop'));
    expect(stderr).toMatch(want);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
  });

  it('prints its help', () => {
    expect(hook(sandbox(1), ['hook', '--help'], '').stdout).toMatch(/resource-manager hook pre-tool-use/);
  });

  it.each([
    {
      input: '',
      want: /^resource-manager: standard input is not a hook event \(empty\); the call is allowed/,
    },
    { input: 'oops', want: /is not a hook event \(Unexpected token/ },
  ])('lets the call go on when its input is no event: "$input"', ({ input, want }) => {
    const { status, stdout, stderr } = hook(sandbox(1), ['hook', 'pre-tool-use'], input);
    expect(status).toBe(0);
    expect(stderr).toMatch(want);
    expect(JSON.parse(stdout).systemMessage).toMatch(want);
  });

  it('is silent for unknown events and for events that change nothing', () => {
    const box = sandbox(1);
    const before = box.slotsText();
    for (const input of [event('Later'), event('PreToolUse', { tool_name: 'Bash' }), event('SessionEnd')])
      expect(hook(box, ['hook'], input)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(box.slotsText()).toBe(before);
  });

  it('keeps the state whole for any name in the input', () => {
    const box = sandbox(50);
    const odd = [
      '__proto__',
      '',
      ' ',
      'a"b',
      "a'b",
      'a\nb',
      'a\u0000b',
      '\ud800',
      '\u202e',
      'x'.repeat(5_000),
      '{"a":1}',
      '#',
    ];
    for (const name of odd) {
      const more = { session_id: `s${name}`, cwd: name, transcript_path: name, agent_id: name };
      for (const [kind, fields] of [
        ['SessionStart', { source: name }],
        ['PreToolUse', { tool_name: 'Agent', tool_use_id: name, tool_input: name }],
        ['SubagentStart', { agent_id: name }],
        [
          'PostToolUse',
          { tool_name: 'Agent', tool_use_id: name, tool_response: { status: 'async_launched', agentId: name } },
        ],
        ['TaskCreated', { task_id: name }],
        ['Stop', { background_tasks: [{ id: name }] }],
      ] as const) {
        const env = {
          RESOURCE_MANAGER_PROJECT: name.replaceAll('\0', ''),
          RESOURCE_MANAGER_AGENT: name.replaceAll('\0', ''),
        };
        for (const session of [more.session_id, name]) {
          const { status, stdout, stderr } = hook(
            box,
            ['hook'],
            event(kind, { ...more, ...fields, session_id: session }),
            env,
          );
          expect({ status, stderr }, `${kind} ${JSON.stringify(name)}`).toEqual({ status: 0, stderr: '' });
          expect(stdout).not.toContain('systemMessage');
        }
      }
    }
    expect(box.run('resource-manager', ['doctor']).stdout).toMatch(/state: /);
    expect(box.json('resource-status', []).status).toBe(0);
  });

  it.each([
    ['PreToolUse', 2],
    ['Stop', 0],
    ['SessionEnd', 0],
    ['SubagentStop', 0],
  ])('with on_error: deny and a damaged state exits at %s with %i', (name, want) => {
    const box = sandbox(1, { slots: 'version: 1\nmax_slots: 1\nleases: {{{\n', config: 'hooks: { on_error: deny }\n' });
    const { status, stderr } = hook(
      box,
      ['hook'],
      event(name, { tool_name: 'Bash', agent_id: 'a1', background_tasks: [] }),
    );
    expect(status).toBe(want);
    expect(stderr).toMatch(want === 2 ? /the call is denied/ : /no call is affected/);
  });

  it('answers before its input is closed', async () => {
    const box = sandbox(1);
    const child = start(process.execPath, [binary('resource-manager'), 'hook'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, CLAUDE_PID: String(process.pid) }),
    });
    child.stdin?.write(event('PreToolUse', { tool_name: 'Agent', tool_use_id: 't1' }));
    await ended(child);
    expect(child.exitCode).toBe(0);
    expect(box.slotsText()).toContain('"tool_call":"t1"');
  });

  it('at the end of a session gives up on the lock while the program still reads the answer', async () => {
    const box = sandbox(1);
    hook(box, ['hook'], event('SessionStart', { source: 'startup' }));
    const self = linuxProcesses().find(process.pid);
    if (self === null) throw new Error('this process is not to be found');
    const held = await takeLock(join(box.dir, 'slots.yaml.lock'), {
      self,
      isDead: () => false,
      nowMs: Date.now,
      timeoutMs: 5_000,
      hungAfterMs: 5_000,
    });
    const { status, stderr } = hook(box, ['hook'], event('SessionEnd'));
    held.release();
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(new RegExp(`within 0\\.7 s: held by process ${process.pid}\\b`)),
    });
  });

  it('exits 0 when it cannot write its answer', () => {
    const box = sandbox(1);
    const command = `'${process.execPath}' '${binary('resource-manager')}' hook > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', command], {
      input: event('SessionStart', { source: 'startup' }),
      encoding: 'utf8',
      env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, CLAUDE_PID: String(process.pid) }),
    });
    expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: 0, lines: expect.any(Number) });
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('gives a call without an id one ticket, and reports a cancelled one as cancelled', async () => {
    const box = sandbox(1);
    hook(box, ['hook'], event('PreToolUse', { tool_name: 'Agent', tool_use_id: 't1' }));
    const child = start(process.execPath, [binary('resource-manager'), 'hook'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, CLAUDE_PID: String(process.pid) }),
    });
    const waiting = collect(child);
    child.stdin?.end(event('PreToolUse', { tool_name: 'Agent' }));
    await until('it waits', () => box.slotsText().includes('"ticket":"T2"'));
    box.run('resource-manager', ['cancel', 'T2']);
    const { stdout } = await waiting.result;
    expect(JSON.parse(stdout).hookSpecificOutput.permissionDecisionReason).toMatch(/was cancelled while it waited/);
    expect(box.slotsText()).toMatch(/^next_id: 3$/m);
  });

  it('follows a session into the process that resumes it, and ignores an end from another process', async () => {
    const box = sandbox(2);
    const [first, second] = [aProcess(), aProcess()];
    const by = ({ pid }: { pid: number }) => ({ CLAUDE_PID: String(pid) });
    hook(box, ['hook'], event('SessionStart', { source: 'startup' }), by(first));
    await kill(first);
    hook(box, ['hook'], event('PreToolUse', { tool_name: 'Agent', tool_use_id: 't1' }), by(second));
    expect(box.slotsText()).toMatch(new RegExp(`"id":"L1".*"pid":${second.pid}`));
    const third = aProcess();
    hook(box, ['hook'], event('SessionEnd'), by(third));
    expect(box.slotsText()).toContain('"id":"L1"');
    hook(box, ['hook'], event('SessionEnd'), by(second));
    expect(box.slotsText()).not.toContain('"id":"L1"');
  });

  it('keeps the slots of other Codex threads when one thread is cleared', () => {
    const box = sandbox(9);
    const codex = (session: string, name: string, more: object = {}) =>
      hook(
        box,
        ['hook'],
        event(name, { session_id: session, turn_id: 't', transcript_path: '/c/rollout-1.jsonl', ...more }),
      );
    for (const session of ['A', 'B']) {
      codex(session, 'SessionStart', { source: 'startup' });
      codex(session, 'PreToolUse', { tool_name: 'spawn_agent', tool_use_id: `call-${session}` });
    }
    codex('C', 'SessionStart', { source: 'clear' });
    expect(box.slotsText().match(/"id":"L/g)).toHaveLength(2);
  });

  it('uses the folder of --dir', () => {
    const [box, other] = [sandbox(1), sandbox(1)];
    hook(box, ['hook', 'pre-tool-use', '--dir', other.dir], event('PreToolUse', { tool_name: 'Agent' }));
    expect(other.slotsText()).toContain('"spawn"');
    expect(box.slotsText()).not.toContain('"spawn"');
  });

  it('serves Codex: a thread that is spawned, works and stops', () => {
    const box = sandbox(2);
    const codex = (name: string, word: string, more: object) =>
      hook(box, ['hook', word], event(name, { turn_id: 't1', model: 'gpt-5', transcript_path: null, ...more }));
    codex('SessionStart', 'session-start', { source: 'startup' });
    const call = { tool_name: 'spawn_agent', tool_use_id: 'call_1', tool_input: { message: 'look' } };
    expect(codex('PreToolUse', 'pre-tool-use', call)).toMatchObject({ status: 0, stdout: '' });
    codex('PostToolUse', 'post-tool-use', { ...call, tool_response: JSON.stringify({ agent_id: '0199-b' }) });
    codex('SubagentStart', 'subagent-start', { agent_id: '0199-b', agent_type: 'default' });
    expect(box.slotsText()).toMatch(/"tool_call":"call_1","agent_id":"0199-b"/);
    codex('SubagentStop', 'subagent-stop', { agent_id: '0199-b', agent_type: 'default' });
    expect(box.slotsText()).toMatch(/^leases: \[\]$/m);
  });
});

describe('status lines', () => {
  const withBudgets = (box: Sandbox) => {
    hook(box, ['hook'], event('SessionStart', { source: 'startup' }));
    hook(box, ['hook'], event('PreToolUse', { tool_name: 'Agent', tool_use_id: 't1' }));
    hook(box, ['hook'], event('SubagentStart', { agent_id: 'a1' }));
    for (const agent of ['odin/session-1a2b3c4d', 'odin/agent-a1']) {
      box.run('resource-manager', ['budget', 'allocate', agent, '--tokens', '100']);
      box.run('report-usage', [agent, '--tokens', '63']);
    }
    return box;
  };

  it('show the slots, and the budget and the tasks of the session', () => {
    const box = withBudgets(sandbox(4));
    for (const task of ['1', '2', '3']) hook(box, ['hook'], event('TaskCreated', { task_id: task }));
    hook(box, ['hook'], event('TaskCompleted', { task_id: '1' }));
    const input = JSON.stringify({ session_id: SESSION, model: { display_name: 'x' } });
    expect(hook(box, ['statusline'], input).stdout).toBe('🎯 slots 1/4 · 🟡 63% of its budget · tasks 1/3\n');
    expect(hook(box, ['statusline'], input, { NO_EMOJI: '1' }).stdout).toBe(
      'slots 1/4 · 63% of its budget (yellow) · tasks 1/3\n',
    );
    expect(hook(box, ['statusline'], '{}').stdout).toBe('🎯 slots 1/4\n');
  });

  it('give a row only to agents with a budget', () => {
    const box = withBudgets(sandbox(4));
    const tasks = [
      { id: 'a1', name: 'look', status: 'running', tokenCount: 5 },
      { id: 'a2', name: 'other', status: 'running' },
    ];
    const { stdout } = hook(box, ['subagent-statusline'], JSON.stringify({ session_id: SESSION, columns: 80, tasks }));
    expect(stdout).toBe('{"id":"a1","content":"look · 🟡 63% of its budget"}\n');
  });

  it('are empty and no error when the state is damaged', () => {
    const box = sandbox(1, { slots: 'max_slots: [\n' });
    expect(hook(box, ['statusline'], '{}')).toMatchObject({ status: 0, stdout: '' });
  });
});
