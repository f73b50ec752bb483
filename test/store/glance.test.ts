/** Glances at the bare text agree with the reader on the store's own layout and miss no work in any other layout. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { HookEvent } from '../../src/core/hooks/event.ts';
import { HOOK_EVENTS, hookEvent, isSpawn } from '../../src/core/hooks/event.ts';
import type { AgentBudget } from '../../src/core/model/budget.ts';
import type { Spawn } from '../../src/core/model/lease.ts';
import type { Session } from '../../src/core/model/session.ts';
import { NO_TASKS, RENEW_MS } from '../../src/core/model/session.ts';
import type { State } from '../../src/core/model/state.ts';
import { readSettings } from '../../src/core/settings/settings.ts';
import { formerWorkOf, workOf } from '../../src/core/usage/attribution.ts';
import { BUDGET } from '../../src/store/document/budget-records.ts';
import { renderSlots } from '../../src/store/document/render-slots.ts';
import { parseSlots } from '../../src/store/document/slots-document.ts';
import { deniesIn, hasWork, isQueuedIn } from '../../src/store/glance.ts';
import { aLease, anEntry, aState, later, NOW, process_ } from '../helpers/state.ts';

const event = (name: string, more: object = {}) =>
  hookEvent(JSON.stringify({ session_id: '1a2b3c4d-5e6f', hook_event_name: name, cwd: '/w', ...more }), null);

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

describe('hasWork', () => {
  const tool = (more = {}) => ['PreToolUse', { tool_name: 'Bash', ...more }] as const;
  const CASES: readonly (readonly [string, readonly [string, object?], string | null, boolean, string | null])[] = [
    ['a session starts', ['SessionStart'], null, true, null],
    ['a call that starts an agent', ['PreToolUse', { tool_name: 'Agent' }], null, true, null],
    ['a tool call without a state', tool(), null, false, null],
    ['a tool call of a session without a budget', tool(), file(), false, null],
    ['a tool call of a session with a budget', tool(), file('', OWN), true, null],
    ['a tool call of an agent whose session has a budget', tool({ agent_id: 'a9' }), file('', OWN), true, null],
    ['a tool call of an agent with a budget of its own', tool({ agent_id: 'a1' }), file('', AGENTS), true, null],
    ['a tool call of a session whose agent alone has a budget', tool(), file('', AGENTS), false, null],
    [
      'a tool call of a session with a budget under its alias',
      tool(),
      file('', '  - {"agent":"odin/auth"}'),
      true,
      'odin/auth',
    ],
    [
      'a tool call of an agent heard less than a minute ago',
      tool({ agent_id: 'a1' }),
      file(lease(JUST_NOW)),
      false,
      null,
    ],
    ['a tool call of an agent not heard for a minute', tool({ agent_id: 'a1' }), file(lease(LONG_AGO)), true, null],
    ['a tool of the session ended', ['PostToolUse', { tool_name: 'Bash' }], file(lease(LONG_AGO)), false, null],
    [
      'a tool of an agent not heard for a minute ended',
      ['PostToolUse', { tool_name: 'Bash', agent_id: 'a1' }],
      file(lease(LONG_AGO)),
      true,
      null,
    ],
    ['a call that starts an agent ended', ['PostToolUse', { tool_name: 'Agent' }], file(), true, null],
    ['an agent ended', ['SubagentStop', { agent_id: 'a1' }], file(), true, null],
    ['a turn ended without an agent in a slot', ['Stop', { background_tasks: [] }], file(), false, null],
    ['a turn ended with an agent in a slot', ['Stop', { background_tasks: [] }], file(lease(JUST_NOW)), true, null],
    ['a turn ended in a version that lists no background tasks', ['Stop'], file(lease(JUST_NOW)), false, null],
    ['a session ends', ['SessionEnd'], file(), true, null],
    [
      'a tool call of an agent without a lease in a known session',
      tool({ agent_id: 'a7' }),
      file(lease(JUST_NOW)),
      true,
      null,
    ],
    ['a tool call of an agent in an unknown session', tool({ agent_id: 'a7', session_id: 'x' }), file(), false, null],
    [
      'a tool call of a session with a budget under its recorded name',
      tool(),
      file('', '  - {"agent":"odin/auth"}', NAMED),
      true,
      null,
    ],
    ['an unknown session ends', ['SessionEnd', { session_id: 'x' }], file(), false, null],
  ];
  it.each(CASES)('decides: %s', (_name, [name, more], slots, want, alias) => {
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
    ['a damaged file', file().replace('leases: []', 'leases: {{{')],
    ['another version', file().replace('version: 1', 'version: 9')],
    ['no version', file().replace('version: 1\n', '')],
  ])('is true in doubt: %s', (_name, slots) => {
    expect(hasWork(event('PreToolUse', { tool_name: 'Bash' }) as never, () => slots, null, NOW)).toBe(true);
    expect(hasWork(event('SessionEnd') as never, () => slots, null, NOW)).toBe(true);
  });

  it('is false in spite of comments', () => {
    const slots = `# mine\n${file().replace('leases: []', 'leases: [] # none').replace('max_slots: 3', 'max_slots: 3 # few\nvm_state:\n  health: null')}`;
    expect(hasWork(event('PreToolUse', { tool_name: 'Bash' }) as never, () => slots, null, NOW)).toBe(false);
  });

  it('accepts every event', () => {
    for (const name of Object.values(HOOK_EVENTS))
      expect(() => hasWork(event(name) as never, () => file(), null, NOW)).not.toThrow();
  });
});

describe('deniesIn finds on_error in a config.yaml that cannot be parsed', () => {
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
    expect(readSettings(parse(config) ?? {}).hooks.onError === 'deny').toBe(want);
  });

  it('behind the byte-order mark of an editor on Windows', () => {
    expect(deniesIn('\ufeffhooks:\r\n  on_error: deny\r\nstrategy: [')).toBe(true);
  });
});

const SESSIONS = ['1a2b3c4d-5e6f', 'odd "name" \\ {', 'schlüssel'];
const AGENTS_OF = (session: number): readonly string[] => [`a${session}`, `"${session}\\`];
const BUDGETS = [
  `odin/${workOf('schlüssel', null)}`,
  `odin/${workOf('1a2b3c4d-5e6f', 'a0')}`,
  'odin/session-1a2b3c4d',
  'ODIN/Session-Schl-SSE',
  'odin/agent-a0',
  'hera/agent-a1',
  'odin/auth',
  'hera/x',
];

const spawn: fc.Arbitrary<Spawn> = fc
  .record({
    session: fc.nat(SESSIONS.length - 1),
    agent: fc.option(fc.nat(1)),
    toolCall: fc.option(fc.constantFrom('toolu_1', '"agent_id":"a0"')),
    isNested: fc.boolean(),
    agoMs: fc.constantFrom(0, RENEW_MS - 1, RENEW_MS, 2 * RENEW_MS, -2 * RENEW_MS),
  })
  .map(({ session, agent, agoMs, ...more }) => ({
    ...more,
    session: SESSIONS[session] as string,
    agentId: agent === null ? null : (AGENTS_OF(session)[agent] as string),
    heardAt: later(-agoMs),
  }));

const holder = fc.constantFrom(null, process_(7), { ...process_(8), command: '"session":"1a2b3c4d-5e6f",' });

const state: fc.Arbitrary<State> = fc
  .record({
    leases: fc.array(fc.record({ spawn: fc.option(spawn), holder }), { maxLength: 4 }),
    queue: fc.array(fc.record({ spawn: fc.option(spawn), holder }), { maxLength: 3 }),
    sessions: fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...SESSIONS), agent: fc.option(fc.constantFrom('odin/auth', 'odin/none')) }),
      { selector: ({ id }) => id },
    ),
    budgets: fc.subarray(BUDGETS),
  })
  .map(({ leases, queue, sessions, budgets }) => ({
    ...aState(
      20,
      leases.map((more, n) => aLease(`L${n + 1}`, 'odin', 1, more)),
      queue.map((more, n) => anEntry(`T${n + 11}`, 'odin', 1, more)),
    ),
    nextId: 30,
    sessions: sessions.map(
      (session): Session => ({
        ...session,
        project: 'odin',
        process: null,
        transcript: null,
        startedAt: NOW,
        tasks: NO_TASKS,
        endedAgents: [],
        extra: {},
      }),
    ),
    budgets: { workflows: [], agents: budgets.map((agent) => BUDGET.read({ agent }) as AgentBudget) },
  }));

const anEvent: fc.Arbitrary<HookEvent> = fc
  .record({
    name: fc.constantFrom(...Object.values(HOOK_EVENTS)),
    session: fc.nat(SESSIONS.length - 1),
    agent: fc.option(fc.nat(1)),
    tool: fc.constantFrom('Bash', 'Agent'),
    tasks: fc.option(fc.constant([]), { nil: undefined }),
  })
  .map(({ name, session, agent, tool, tasks }) => {
    const agent_id = agent === null ? null : AGENTS_OF(session)[agent];
    const more = { session_id: SESSIONS[session], agent_id, tool_name: tool, background_tasks: tasks };
    return event(name, more) as HookEvent;
  });

/** The answer of `hasWork`, computed from the state that the reader returns. */
function hasWorkIn(state: State, asked: HookEvent, alias: string | null): boolean {
  const { name, session, agentId } = asked;
  const spawns = [...state.leases, ...state.queue].flatMap(({ spawn }) => spawn ?? []);
  const ofAgent = spawns.filter((spawn) => agentId !== null && spawn.agentId === agentId);
  const isDue = ofAgent.some(({ heardAt }) => Math.abs(NOW - heardAt) >= RENEW_MS);
  const hasSlot = spawns.some((spawn) => spawn.session === session);
  const record = state.sessions.find(({ id }) => id === session);
  const isKnown = record !== undefined || hasSlot;
  const works = [null, agentId].flatMap((id) => [workOf(session, id), formerWorkOf(session, id)]);
  const hasBudget = state.budgets.agents
    .map(({ agent }) => agent.toLowerCase())
    .some(
      (agent) =>
        agent === alias || agent === record?.agent || works.some((work) => agent.endsWith(`/${work}`.toLowerCase())),
    );
  if (name === 'PreToolUse')
    return isSpawn(asked) || isDue || hasBudget || (isKnown && agentId !== null && ofAgent.length === 0);
  if (name === 'PostToolUse') return (isSpawn(asked) && isKnown) || isDue;
  if (name === 'PostToolUseFailure') return isSpawn(asked) && isKnown;
  if (name === 'SubagentStop' || name === 'SessionEnd') return isKnown;
  return name === 'Stop' ? asked.running !== null && hasSlot : true;
}

async function written(state: State): Promise<string> {
  const empty = await parseSlots('slots.yaml', 'version: 1\nmax_slots: 20\nleases: []\nqueue: []\n', null);
  return (await renderSlots(empty, state)).text;
}

/** The text with every record, or every nth, in another layout. */
const recordsAs = (text: string, write: (record: object, json: string) => string, each = 1): string => {
  let count = 0;
  return text.replace(/^ {2}- (\{.*\})$/gm, (line, json: string) =>
    count++ % each === 0 ? write(JSON.parse(json), json) : line,
  );
};
const escaped = (text: string): string =>
  text.replace(/[a-z](?=[a-z_]*")/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
const spaced = (record: object): string => JSON.stringify(record, null, 1).replaceAll(/\n */g, ' ');

/** Layouts that a person or another program can give the same state. */
const LAYOUTS: Readonly<Record<string, (text: string) => string>> = {
  'in blocks': (text) => stringify(parse(text)),
  'in blocks, keys quoted': (text) => stringify(parse(text), { defaultKeyType: 'QUOTE_DOUBLE' }),
  'in blocks, all quoted': (text) =>
    stringify(parse(text), { defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'QUOTE_SINGLE' }),
  'in one flow mapping': (text) => stringify(parse(text), { collectionStyle: 'flow' }),
  'as JSON': (text) => `${JSON.stringify(parse(text))}\n`,
  'as JSON on many lines': (text) => `${JSON.stringify(parse(text), null, 2)}\n`,
  'records as flow mappings': (text) =>
    recordsAs(
      text,
      (record) => `  - ${stringify(record, { collectionStyle: 'flow', lineWidth: 0 }).replaceAll(/\n */g, ' ').trim()}`,
    ),
  'records with spaces': (text) => recordsAs(text, (record) => `  - ${spaced(record)}`),
  'some records with spaces': (text) => recordsAs(text, (record) => `  - ${spaced(record)}`, 2),
  'records with a space within': (text) =>
    recordsAs(text, (_, json) => `  - ${json.replaceAll('"spawn":{"session":', '"spawn":{"session": ')}`),
  'records with a space before a colon': (text) =>
    recordsAs(text, (_, json) => `  - ${json.replaceAll('"agent_id":', '"agent_id" :')}`),
  'records with tabs': (text) => recordsAs(text, (_, json) => `  - ${json.replaceAll('"session":', '"session":\t')}`),
  'records with escaped letters': (text) => recordsAs(text, (_, json) => `  - ${escaped(json)}`),
  'records with escaped names': (text) =>
    recordsAs(
      text,
      (_, json) =>
        `  - ${json.replaceAll('"agent_id"', '"agent\\u005fid"').replaceAll('/session-', '\\u002fsession-')}`,
    ),
  'records in another order of keys': (text) =>
    recordsAs(text, (record) => `  - ${JSON.stringify(Object.fromEntries(Object.entries(record).reverse()))}`),
  'records further in': (text) => recordsAs(text, (_, json) => `    - ${json}`),
  'records at the left': (text) => recordsAs(text, (_, json) => `- ${json}`),
  'keys in quotes': (text) => text.replaceAll(/^([a-z_]+):/gm, '"$1":'),
  'the first key in quotes': (text) => text.replace(/^(leases|budgets|sessions):(?= ?.*\n(?: .*\n)*$)/m, "'$1':"),
  'a space before the colon': (text) => text.replaceAll(/^([a-z_]+):/gm, '$1 :'),
  'with carriage returns': (text) => text.replaceAll('\n', '\r\n'),
  'with comments': (text) => text.replaceAll(/$/gm, ' # mine').replaceAll(/^ # mine$/gm, '# mine'),
  'with comments between': (text) => text.replaceAll(/^/gm, '# mine\n').replaceAll(/^ {2}-/gm, '  # this one\n  -'),
  'behind a byte order mark': (text) => `\ufeff${text}`,
  'as a document': (text) => `---\n${text}`,
  'lists first': (text) => text.replace(/^(version: 1\nmax_slots: 20\n)([\s\S]*)$/, '$2$1'),
};

describe('a glance', () => {
  it('agrees with the reader on files that the store writes', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(state, anEvent, fc.constantFrom(null, 'odin/auth'), async (sound, asked, alias) => {
        const text = await written(sound);
        const want = hasWorkIn(sound, asked, alias);
        const kind = `${asked.name} ${want}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        expect(hasWork(asked, () => text, alias, NOW)).toBe(want);
        for (const ticket of ['T11', 'T12', 'T1', 'L1'])
          expect(isQueuedIn(text, ticket)).toBe(sound.queue.some((entry) => entry.ticket === ticket));
      }),
      { numRuns: 2_000 },
    );
    for (const kind of ['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'Stop', 'SubagentStop', 'SessionEnd'])
      for (const want of [true, false]) expect(seen.get(`${kind} ${want}`), `${kind} ${want}`).toBeGreaterThan(5);
  });

  it.each(Object.entries(LAYOUTS))('misses no work in a file with the layout: %s', async (_name, layOut) => {
    await fc.assert(
      fc.asyncProperty(state, fc.array(anEvent, { minLength: 5, maxLength: 5 }), async (sound, events) => {
        const text = layOut(await written(sound));
        const { state: read } = await parseSlots('slots.yaml', text, null);
        for (const asked of events)
          expect(hasWork(asked, () => text, 'odin/auth', NOW) || !hasWorkIn(read, asked, 'odin/auth')).toBe(true);
        for (const ticket of ['T11', 'T12', 'L1'])
          expect(!isQueuedIn(text, ticket) || read.queue.some((entry) => entry.ticket === ticket)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('ignores a ticket in a comment', () => {
    expect(isQueuedIn('queue:\n  # - {"ticket":"T1","project":"odin"}\n', 'T1')).toBe(false);
  });
});
