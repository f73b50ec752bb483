/** Each event of a hook is one transition; these tests count its transactions and its commits of slots.yaml. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { answerEvent } from '../../../src/app/hook/answer-event.ts';
import type { HookName } from '../../../src/core/hooks/event.ts';
import { hookEvent } from '../../../src/core/hooks/event.ts';
import type { Command } from '../../../src/core/transition.ts';
import type { HookPorts } from '../../../src/ports/hook.ts';
import { openFileStore } from '../../../src/store/file-store.ts';
import { sandbox, until } from '../../helpers/cli.ts';
import { NOW, process_ } from '../../helpers/state.ts';

const SESSION = '1a2b3c4d-0000-4000-8000-000000000000';
const CLAUDE = process_(7);

/** The hooks of a session on a state of its own, with a store that counts. */
function aSession(max: number) {
  const box = sandbox(max, { config: 'hooks: { wait: 20s }\n' });
  const store = openFileStore({
    dir: box.dir,
    self: process_(8),
    now: () => NOW,
    observe: () => new Set(),
    memory: () => null,
    create: async () => {},
    textsOfNew: async () => ({ config: '', slots: 'max_slots: 1\n' }),
  });
  const cost = { transactions: 0, commits: 0 };
  const counting = {
    dir: box.dir,
    read: () => store.read(),
    peek: () => store.peek(),
    settings: () => store.settings(),
    beat: () => {},
    stillQueued: (ticket: string) => store.stillQueued(ticket),
    watch: (onChange: () => void) => store.watch(onChange),
    async transact(command: Command) {
      const before = box.slotsText();
      const done = await store.transact(command);
      cost.transactions += 1;
      cost.commits += box.slotsText() === before ? 0 : 1;
      return done;
    },
  };
  const ports = {
    store: counting,
    host: { self: () => process_(8), process: () => null, caller: () => CLAUDE },
    env: {},
    now: () => NOW,
    memory: { last: () => null, keep: () => {} },
    repository: () => null,
    nameSession: () => {},
    openSigns: async () => ({ look: async () => ({ heard: new Map(), busy: new Set(), suspendedMs: 0 }) }),
    onInterrupt: () => () => {},
  } as unknown as HookPorts;
  const tell = async (name: HookName, more: object = {}): Promise<typeof cost> => {
    Object.assign(cost, { transactions: 0, commits: 0 });
    const fields = { session_id: SESSION, hook_event_name: name, cwd: '/w/odin', ...more };
    const event = hookEvent(JSON.stringify(fields), null);
    if (event === null) throw new Error(`${name} is no event`);
    await answerEvent(event, ports);
    return { ...cost };
  };
  return { box, store, tell };
}

/** Makes `pid` the process of the session. */
const givenTo = (path: string, pid: number): void =>
  writeFileSync(path, readFileSync(path, 'utf8').replace('"pid":7,', `"pid":${pid},`));

const ONE = { transactions: 1, commits: 1 };
const SPAWN = { tool_name: 'Agent', tool_use_id: 't1' };

it('a spawn in an unknown session costs one commit', async () => {
  const { box, tell } = aSession(2);
  expect(await tell('PreToolUse', SPAWN)).toEqual(ONE);
  const text = box.slotsText();
  expect(text).toContain(`{"session":"${SESSION}","project":"odin"`);
  expect(text).toContain('"tool_call":"t1"');
});

it('a spawn in a session that another process had before costs one commit', async () => {
  const { box, tell } = aSession(2);
  await tell('SessionStart', { source: 'startup' });
  givenTo(box.slotsPath, 9);
  expect(await tell('PreToolUse', SPAWN)).toEqual(ONE);
  expect(box.slotsText()).toMatch(/^ {2}- \{"session":.*"pid":7,/m);
});

it.each(['SubagentStart', 'PreToolUse'] as const)('an agent that resumes with %s costs one commit', async (name) => {
  const { box, tell } = aSession(2);
  await tell('SessionStart', { source: 'startup' });
  expect(await tell(name, { agent_id: 'a1', tool_name: 'Bash' })).toEqual(ONE);
  expect(box.slotsText()).toMatch(/"id":"L1".*"agents":\[\{"name":"agent-a1-\w{8}".*"agent_id":"a1"/);
});

it('the life of an agent costs one commit an event', async () => {
  const { box, tell } = aSession(2);
  expect(await tell('SessionStart', { source: 'startup' })).toEqual(ONE);
  expect(await tell('PreToolUse', SPAWN)).toEqual(ONE);
  const answer = { status: 'async_launched', agentId: 'a1' };
  expect(await tell('PostToolUse', { ...SPAWN, tool_response: answer })).toEqual(ONE);
  expect(await tell('PreToolUse', { agent_id: 'a1', tool_name: 'Bash' })).toEqual({ transactions: 1, commits: 0 });
  expect(await tell('SubagentStop', { agent_id: 'a1' })).toEqual(ONE);
  expect(box.slotsText()).toMatch(/^leases: \[\]$/m);
  expect(await tell('SessionEnd')).toEqual(ONE);
});

it('a session after /clear costs one commit, and so does a task of an unknown session', async () => {
  const { box, tell } = aSession(2);
  expect(await tell('TaskCreated', { task_id: '1', transcript_path: '/c/odin/1.jsonl' })).toEqual(ONE);
  const next = { session_id: 'next', source: 'clear', transcript_path: '/c/odin/2.jsonl' };
  expect(await tell('SessionStart', next)).toEqual(ONE);
  expect(box.slotsText().match(/\{"session":"[^"]*"/g)).toEqual(['{"session":"next"']);
});

it('a spawn that waits costs one commit for the request and one for the grant', async () => {
  const { box, store, tell } = aSession(1);
  await tell('PreToolUse', SPAWN);
  const waiting = tell('PreToolUse', { ...SPAWN, tool_use_id: 't2' });
  await until('it waits', () => box.slotsText().includes('"ticket":"T2"'));
  await store.transact({ kind: 'release', project: 'odin', slots: null, lease: 'L1', all: false, caller: null });
  expect(await waiting).toEqual({ transactions: 2, commits: 2 });
  expect(box.slotsText()).toMatch(/"id":"L2".*"tool_call":"t2"/);
});
