/** Signs of life of agents inside sessions, from their transcripts and from processes below their sessions. */
import { appendFileSync, mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SilenceWatch } from '../../../src/app/monitor/silence-watch.ts';
import { silentAgents } from '../../../src/core/hooks/silence.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import { NO_TASKS } from '../../../src/core/model/session.ts';
import type { ProcessRow } from '../../../src/core/reap/process-row.ts';
import { FULL_TRUST } from '../../../src/core/trust/trust.ts';
import { isHook } from '../../../src/host/processes/own-hooks.ts';
import type { ProcessView } from '../../../src/host/processes/view.ts';
import { openSigns } from '../../../src/host/sessions/signs.ts';
import { start, temporaryFolder, until } from '../../helpers/cli.ts';
import { aLease, anEnvironment, aState, later, NOW, process_ } from '../../helpers/state.ts';

const SESSION = process_(70);
const MINUTE = 60_000;
const row = (pid: number, parent: number): ProcessRow => ({
  pid,
  parent,
  group: pid,
  session: pid,
  tty: 0,
  started: pid * 10,
  state: 'S',
  command: 'x',
  rssBytes: 0,
});

/** Tools below the session by the minute in which they began. */
function viewOf(tools: readonly number[], now: number): ProcessView {
  const rows = [row(70, 1), ...tools.map((_, n) => row(900_000_000 + n, 70))];
  return {
    scan: () => new Map(rows.map((each) => [each.pid, each])),
    ageMs: ({ pid }: ProcessRow) => now - later((tools[pid - 900_000_000] ?? 0) * MINUTE),
  } as unknown as ProcessView;
}

interface Call {
  readonly call?: string;
  readonly result?: string;
  readonly minute: number;
}

async function look(
  agentId: string | null,
  written: readonly Call[] | null,
  tools: readonly number[],
  holder = SESSION,
  writtenAheadMs = 0,
) {
  const transcript = join(temporaryFolder(), 'projects', 'S.jsonl');
  const path = join(dirname(transcript), 'S', 'subagents', `agent-${agentId ?? 'zz'}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  for (const { call, result, minute } of written ?? []) {
    const content = [
      ...(call === undefined ? [] : [{ type: 'tool_use', id: call, name: 'Bash' }]),
      ...(result === undefined ? [] : [{ type: 'tool_result', tool_use_id: result }]),
    ];
    const line = {
      type: call === undefined ? 'user' : 'assistant',
      timestamp: new Date(later(minute * MINUTE)),
      message: { content },
    };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  }
  const spawn = { session: 'S', toolCall: 't1', agentId, isNested: false, heardAt: NOW };
  const lease = aLease('L1', 'odin', 1, { holder, spawn });
  const session = { id: 'S', project: 'odin', agent: null, process: SESSION, transcript, startedAt: NOW };
  const state = aState(9, [lease], [], { sessions: [{ ...session, tasks: NO_TASKS, endedAgents: [], extra: {} }] });
  // The files are written now, long after the times in them.
  const now = (Date.now() + MINUTE) as Instant;
  if (writtenAheadMs > 0) utimesSync(path, now / 1000, (now + writtenAheadMs) / 1000);
  const signs = await openSigns({ view: viewOf(tools, now), now: () => now }).look([lease], state);
  return { signs, state, isBusy: signs.busy.has(lease.id) };
}

describe('a tool below the session', () => {
  it.each([
    { name: 'belongs to the agent with an open call', calls: [{ call: 'c1', minute: 1 }], tools: [1], want: true },
    {
      name: 'does not belong to an agent whose call began later',
      calls: [{ call: 'c1', minute: 9 }],
      tools: [1],
      want: false,
    },
    {
      name: 'does not belong to an agent without an open call',
      calls: [
        { call: 'c1', minute: 1 },
        { result: 'c1', minute: 2 },
      ],
      tools: [1],
      want: false,
    },
    {
      name: 'belongs to the open call beside one that came back',
      calls: [
        { call: 'c1', minute: 1 },
        { call: 'c2', minute: 1 },
        { result: 'c2', minute: 5 },
      ],
      tools: [1],
      want: true,
    },
    {
      name: 'is required: an open call alone waits for a person',
      calls: [{ call: 'c1', minute: 1 }],
      tools: [],
      want: false,
    },
    { name: 'counts without a transcript', calls: null, tools: [1], want: true },
  ])('$name', async ({ calls, tools, want }) => {
    expect((await look('a1', calls, tools)).isBusy).toBe(want);
  });

  it('needs an open call to count for an agent without an id', async () => {
    expect((await look(null, null, [1])).isBusy).toBe(false);
    expect((await look(null, [{ call: 'c1', minute: 1 }], [1])).isBusy).toBe(true);
  });

  it('is none of a process that only has the number of the session', async () => {
    expect((await look('a1', null, [1], { ...SESSION, started: SESSION.started - 1 })).isBusy).toBe(false);
  });

  it('may begin a moment before its call, since two clocks are read one after the other', async () => {
    expect((await look('a1', [{ call: 'c1', minute: 1 + 3 / 60 }], [1])).isBusy).toBe(true);
  });
});

describe('after the clock was set back', () => {
  const YEAR = 365 * 24 * 60;

  it('a tool belongs to the agent whose open call is in the future', async () => {
    expect((await look('a1', [{ call: 'c1', minute: YEAR }], [1])).isBusy).toBe(true);
    expect((await look('a1', [{ call: 'c1', minute: YEAR }], [-1])).isBusy).toBe(false);
  });

  it('a transcript that was written in the future is no sign of life', async () => {
    const calls = [{ call: 'c1', minute: 1 }];
    expect((await look('a1', calls, [])).signs.heard.size).toBe(1);
    expect((await look('a1', calls, [], SESSION, YEAR * MINUTE)).signs.heard.size).toBe(0);
  });
});

it.each([
  { words: ['/x/bin/resource-manager.cjs', 'hook', 'stop'], want: true },
  { words: ['-c', "'/usr/bin/node' '/x/bin/resource-manager.cjs' hook pre-tool-use"], want: true },
  { words: ['/x/agent-resource-manager/node_modules/.bin/vitest', 'run', 'test/hook'], want: false },
  { words: ['/x/bin/resource-manager.cjs', 'run', 'odin'], want: false },
])('isHook is $want for $words', async ({ words, want }) => {
  const { pid = 0 } = start(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', ...words], {
    stdio: 'ignore',
  });
  await until('it runs', () => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(words[0] as string));
  expect(isHook(pid)).toBe(want);
});

it('silence begins anew after the machine has slept', async () => {
  const { state } = await look('a1', [], []);
  const ended: string[] = [];
  let suspendedMs = 0;
  let steadyMs = 0;
  const watch = new SilenceWatch({
    store: {
      trust: async () => FULL_TRUST,
      transact: async ({ silent }: { silent: ReadonlyMap<string, unknown> }) => {
        ended.push(...silent.keys());
        return { events: [] };
      },
    },
    openSigns: async () => ({ look: async () => ({ heard: new Map(), busy: new Set(), suspendedMs }) }),
    steadyMs: () => steadyMs,
    isDryRun: false,
    say: () => {},
  } as never);
  const at = (minutes: number) => {
    steadyMs = minutes * MINUTE - suspendedMs;
    return watch.consider({ state, environment: anEnvironment({}, later(minutes * MINUTE)) } as never);
  };
  await at(1);
  suspendedMs = 55 * MINUTE;
  await at(57);
  expect(ended).toEqual([]);
  await at(58);
  for (let minute = 59; minute < 75; minute += 1) await at(minute);
  expect(ended).toContain('L1');
  expect(
    silentAgents(state, anEnvironment({}, later(57 * MINUTE)), { heard: new Map(), busy: new Set(), suspendedMs: 0 }),
  ).not.toBeNull();
});
