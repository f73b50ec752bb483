/** Processes left by a dead Claude session, and processes that only look like it, on process tables. */
import { describe, expect, it } from 'vitest';
import { deadSessions, type KnownProcesses, tracesOfSession } from '../../../src/core/reap/dead-sessions.ts';
import { find } from '../../../src/core/reap/find.ts';
import type { ClaudeSession, Origin, ProcessRow } from '../../../src/core/reap/process-row.ts';

const UPTIME_TICKS = 100_000;
const OLD = UPTIME_TICKS - 12_000;

/** By default an old process that leads its own session, like one the Bash tool starts, without an environment. */
interface Process extends Partial<ProcessRow> {
  readonly pid: number;
  readonly parent: number;
  /** CLAUDE_PID and CLAUDE_CODE_SESSION_ID in its environment. */
  readonly claude?: number;
  readonly id?: string;
  readonly mark?: string;
  readonly uid?: number;
  readonly program?: string;
  readonly path?: string;
  readonly argv?: readonly string[];
  /** Variables of an agent program in its environment. */
  readonly agent?: readonly string[];
}

interface Machine {
  readonly processes: readonly Process[];
  /** The process that looks. */
  readonly self?: number;
  /** Live processes that the table does not show. */
  readonly hidden?: readonly number[];
  readonly others?: readonly number[];
}

/** In a container process 1 may be any program. */
const INIT: Process = { pid: 1, parent: 0, started: 1, command: 'sh' };
/** Left by a session whose process, 40, is gone. */
const ORPHAN: Process = { pid: 50, parent: 1, claude: 40, id: '1a2b3c4d-0000' };

function look({ processes, self = 0, hidden = [], others = [] }: Machine): string[] {
  const rows = [INIT, ...processes].map(
    ({ pid, parent, claude, id, mark, uid, program, path, argv, agent, ...more }): ProcessRow => ({
      ...{ pid, parent, group: pid, session: pid, tty: 0, started: pid * 10, state: 'S', command: 'node', rssBytes: 0 },
      ...more,
    }),
  );
  const table = new Map(rows.map((row) => [row.pid, row]));
  const own = new Set<number>();
  for (let at = self; at > 0; at = table.get(at)?.parent ?? 0) own.add(at);
  const origins = new Map<number, Origin>();
  for (const { pid, claude, id = null, mark = null, agent = [] } of processes) {
    const session: ClaudeSession | null = claude === undefined ? null : { pid: claude, id };
    if (session !== null || mark !== null || agent.length > 0)
      origins.set(pid, { mark, claude: session, agentVariables: agent });
  }
  const known: KnownProcesses = {
    own,
    uids: new Set([1000]),
    detail: ({ pid, command }) => {
      const it = processes.find((process) => process.pid === pid);
      const { uid = 1000, path = null, program = path?.split('/').at(-1) ?? command, argv = [] } = it ?? {};
      return { uid, program, path, argv };
    },
    origins,
    ageMs: ({ started }) => (UPTIME_TICKS - started) * 10,
    isGone: (pid) => !hidden.includes(pid),
  };
  const none = { roots: [], contained: new Set<number>(), marked: new Set<number>() };
  return deadSessions(table, known).flatMap(({ session }) => {
    const traces = tracesOfSession(table, { ...session, seen: [] }, known);
    const held = others.flatMap((pid) => table.get(pid) ?? []);
    const { found, skipped } = find(table, { ...none, ...traces, others: [...held, ...traces.others] }, known);
    const name = session.id === 'other' ? 'other' : session.pid;
    return [
      ...found.map(({ row, evidence }) => `${name} left ${row.pid} ${evidence}`),
      ...skipped.map(({ row, why }) => `${session.pid} spares ${row.pid} ${why}`),
    ];
  });
}

const FOUND = ['40 left 50 claude'];

const table: readonly (Machine & { readonly name: string; readonly want: readonly string[] })[] = [
  { name: 'the session is gone', processes: [ORPHAN], want: FOUND },
  {
    name: 'all descendants of an orphan, of any environment and age',
    processes: [ORPHAN, { pid: 60, parent: 50 }, { pid: 70, parent: 60, started: UPTIME_TICKS - 1 }],
    want: [...FOUND, '40 left 60 child', '40 left 70 child'],
  },
  {
    name: 'the group that an orphan leads',
    processes: [ORPHAN, { pid: 60, parent: 1, group: 50 }],
    want: [...FOUND, '40 left 60 group'],
  },
  {
    name: 'an orphan adopted by systemd --user, not by process 1',
    processes: [
      { pid: 20, parent: 1, command: 'systemd' },
      { ...ORPHAN, parent: 20 },
    ],
    want: FOUND,
  },
  {
    name: 'the pid of the session belongs to a younger process',
    processes: [{ pid: 40, parent: 1, started: 501 }, ORPHAN],
    want: FOUND,
  },
  {
    name: 'the pid of the session belongs to one of its orphans',
    processes: [ORPHAN, { pid: 40, parent: 50, started: 501 }],
    want: [...FOUND, '40 left 40 child'],
  },
  {
    name: 'a process that names itself as its session is no session',
    processes: [ORPHAN, { pid: 60, parent: 50, claude: 60 }],
    want: [...FOUND, '40 left 60 child'],
  },
  { name: 'an orphan two minutes old', processes: [{ ...ORPHAN, started: OLD }], want: FOUND },
  {
    name: 'two sessions',
    processes: [ORPHAN, { pid: 60, parent: 1, claude: 41 }],
    want: [...FOUND, '41 left 60 claude'],
  },
  {
    name: 'two sessions that had one pid',
    processes: [ORPHAN, { pid: 60, parent: 1, claude: 40, id: 'other' }],
    want: [...FOUND, 'other left 60 claude'],
  },

  { name: 'the session lives', processes: [{ pid: 40, parent: 1 }, ORPHAN], want: [] },
  { name: 'the session lives, hidden from us', processes: [ORPHAN], hidden: [40], want: [] },
  {
    name: 'the session and its process started at the same tick',
    processes: [{ pid: 40, parent: 1, started: 500 }, ORPHAN],
    want: [],
  },
  { name: 'an orphan not yet two minutes old', processes: [{ ...ORPHAN, started: OLD + 1 }], want: [] },
  { name: 'a process without a session', processes: [{ pid: 50, parent: 1 }], want: [] },
  { name: 'a process that is its own session', processes: [{ pid: 50, parent: 1, claude: 50 }], want: [] },
  { name: 'a process of a run, which the run finds by its mark', processes: [{ ...ORPHAN, mark: 'm1' }], want: [] },
  {
    name: "a process below a person's shell",
    processes: [
      { pid: 30, parent: 1, command: 'bash' },
      { ...ORPHAN, parent: 30 },
    ],
    want: [],
  },
  {
    name: 'a process below an init in a terminal',
    processes: [
      { pid: 20, parent: 1, command: 'bash' },
      { pid: 30, parent: 20, command: 'tini' },
      { ...ORPHAN, parent: 30 },
    ],
    want: [],
  },
  { name: 'a process below a hidden process', processes: [{ ...ORPHAN, parent: 30 }], want: [] },
  {
    name: 'a busy build below a live session, started by an older session',
    processes: [
      { pid: 45, parent: 1, command: 'claude' },
      { ...ORPHAN, parent: 45, state: 'R' },
    ],
    want: [],
  },
  {
    name: 'a process of another user',
    processes: [{ ...ORPHAN, uid: 1001 }],
    want: ['40 spares 50 belongs to another user (1001)'],
  },
  {
    name: 'a tmux server and everything started in it',
    processes: [
      { ...ORPHAN, command: 'tmux: server', program: 'tmux' },
      { pid: 60, parent: 50, claude: 40, id: '1a2b3c4d-0000', command: 'bash', tty: 5 },
      { pid: 70, parent: 60, claude: 40, id: '1a2b3c4d-0000', command: 'vim' },
    ],
    want: ['40 spares 50 shared server'],
  },
  {
    name: 'a tmux server below an orphan',
    processes: [ORPHAN, { pid: 60, parent: 50, command: 'tmux: server', program: 'tmux' }, { pid: 70, parent: 60 }],
    want: [...FOUND, '40 spares 60 shared server'],
  },
  {
    name: 'the running command and its relatives, below an orphan',
    processes: [ORPHAN, { pid: 60, parent: 50 }, { pid: 65, parent: 50 }, { pid: 80, parent: 60 }],
    self: 80,
    want: [],
  },
  {
    name: 'the running command and its relatives, in the group of an orphan',
    processes: [
      ORPHAN,
      { pid: 60, parent: 1, group: 50 },
      { pid: 65, parent: 60, group: 50 },
      { pid: 80, parent: 60, group: 50 },
    ],
    self: 80,
    want: [
      ...FOUND,
      '40 spares 60 is the caller of this command',
      '40 spares 65 runs under the caller of this command',
      '40 spares 80 is the caller of this command',
    ],
  },
  {
    name: 'other processes of the running command’s own session, whose pid differs in a sandbox',
    processes: [ORPHAN, { pid: 60, parent: 1, claude: 40, command: 'bash' }, { pid: 80, parent: 60 }],
    self: 80,
    want: [],
  },
  {
    name: 'a live claude below an orphan, even before it has started a process, with all below that orphan',
    processes: [ORPHAN, { pid: 60, parent: 50, claude: 40, command: 'claude' }, { pid: 65, parent: 50 }],
    want: ['40 spares 50 is the parent of a live Claude session'],
  },
  {
    name: 'a live session under another name, known by its processes',
    processes: [
      ORPHAN,
      { pid: 60, parent: 1, claude: 40 },
      { pid: 65, parent: 60, claude: 60 },
      { pid: 66, parent: 65 },
    ],
    want: [...FOUND, '40 spares 60 is a live Claude session'],
  },
  {
    name: 'a session that the kernel calls by its version, with its processes',
    processes: [
      ORPHAN,
      { pid: 60, parent: 1, claude: 40, command: '2.1.231', path: '/x/claude/versions/2.1.231', argv: ['claude'] },
      { pid: 65, parent: 60, claude: 40 },
    ],
    want: [...FOUND, '40 spares 60 is a live Claude session'],
  },
  {
    name: 'a session of another agent, which runs under node',
    processes: [
      ORPHAN,
      { pid: 60, parent: 1, claude: 40, command: 'MainThread', path: '/bin/node', argv: ['node', '/bin/codex'] },
    ],
    want: [...FOUND, '40 spares 60 is a live Codex session'],
  },
  {
    name: 'the search of a dead session, which has the file of claude',
    processes: [{ ...ORPHAN, command: '2.1.231', path: '/x/claude/versions/2.1.231', argv: ['ugrep', '-G', 'x'] }],
    want: FOUND,
  },
  {
    name: 'a session of no known look, whose process has variables that it has not itself',
    processes: [
      { ...ORPHAN, agent: ['CLAUDECODE=1', 'CLAUDE_CODE_SESSION_ID=a'] },
      { pid: 60, parent: 1, claude: 40, agent: ['CLAUDECODE=1', 'CLAUDE_CODE_SESSION_ID=a'] },
      { pid: 65, parent: 60, claude: 40, agent: ['CLAUDECODE=1', 'CLAUDE_CODE_SESSION_ID=b'] },
    ],
    want: [...FOUND, '40 spares 60 is a live agent session'],
  },
  {
    name: 'an orphan whose process has lost a variable, and one adopted by an init',
    processes: [
      { pid: 20, parent: 1, command: 'tini' },
      { ...ORPHAN, parent: 20, agent: ['CLAUDECODE=1', 'CLAUDE_CODE_SESSION_ID=a'] },
      { pid: 60, parent: 50, agent: ['CLAUDECODE=1'] },
    ],
    want: [...FOUND, '40 left 60 child'],
  },
  {
    name: 'the holder of a lease, below an orphan',
    processes: [ORPHAN, { pid: 60, parent: 50 }, { pid: 65, parent: 60 }],
    others: [60],
    want: [...FOUND, '40 spares 60 holds another lease'],
  },
  {
    name: 'an orphan that holds a lease',
    processes: [ORPHAN, { pid: 60, parent: 50 }],
    others: [50],
    want: ['40 spares 50 holds another lease'],
  },
];

it.each(table)('$name', ({ want, ...machine }) => {
  expect(look(machine)).toEqual(want);
});

describe('processes recorded earlier', () => {
  it('are found after their parent has ended, and spared if they are a live session', () => {
    const row = (pid: number, command: string): ProcessRow => ({
      ...{ pid, parent: 1, group: pid, session: pid, tty: 0, started: pid * 10, state: 'S', command, rssBytes: 0 },
    });
    const rows = [row(1, 'systemd'), row(60, 'node'), row(70, 'claude')];
    const processes = new Map(rows.map((process) => [process.pid, process]));
    const around = {
      own: new Set<number>(),
      uids: new Set([1000]),
      detail: () => ({ uid: 1000, program: 'node', path: null, argv: [] }),
    };
    const known: KnownProcesses = { ...around, origins: new Map(), ageMs: () => 0, isGone: () => true };
    const seen = [50, 60, 70].map((pid) => ({ pid, started: pid * 10 }));
    const traces = tracesOfSession(processes, { pid: 40, id: null, seen }, known);
    const none = { roots: [], contained: new Set<number>(), marked: new Set<number>() };
    const { found, skipped } = find(processes, { ...none, ...traces }, around);
    expect(found.map(({ row: { pid }, evidence }) => `${pid} ${evidence}`)).toEqual(['60 ledger']);
    expect(skipped.map(({ row: { pid }, why }) => `${pid} ${why}`)).toEqual(['70 is a live Claude session']);
  });
});
