/** What a Claude session that is gone has left behind and what only looks like it, on tables of processes. */
import { describe, expect, it } from 'vitest';
import { deadSessions, type KnownProcesses, tracesOfSession } from '../../../src/core/reap/dead-sessions.ts';
import { find } from '../../../src/core/reap/find.ts';
import type { ClaudeSession, Origin, ProcessRow } from '../../../src/core/reap/process-row.ts';

const UPTIME_TICKS = 100_000;
const OLD = UPTIME_TICKS - 12_000;

/** Started long ago, a leader of its own session, as the Bash tool starts what it starts; without an environment. */
interface Process extends Partial<ProcessRow> {
  readonly pid: number;
  readonly parent: number;
  /** CLAUDE_PID in its environment, and CLAUDE_CODE_SESSION_ID. */
  readonly claude?: number;
  readonly id?: string;
  readonly mark?: string;
  readonly uid?: number;
  readonly program?: string;
}

interface Machine {
  readonly processes: readonly Process[];
  /** The process that asks. */
  readonly self?: number;
  /** Live processes that the table does not show. */
  readonly hidden?: readonly number[];
  readonly others?: readonly number[];
}

/** In a container it may be anything. */
const INIT: Process = { pid: 1, parent: 0, started: 1, command: 'sh' };
/** The session's own process, 40, is gone; this one it has left behind. */
const ORPHAN: Process = { pid: 50, parent: 1, claude: 40, id: '1a2b3c4d-0000' };

function look({ processes, self = 0, hidden = [], others = [] }: Machine): string[] {
  const rows = [INIT, ...processes].map(
    ({ pid, parent, claude, id, mark, uid, program, ...more }): ProcessRow => ({
      ...{ pid, parent, group: pid, session: pid, tty: 0, started: pid * 10, state: 'S', command: 'node', rssBytes: 0 },
      ...more,
    }),
  );
  const table = new Map(rows.map((row) => [row.pid, row]));
  const own = new Set<number>();
  for (let at = self; at > 0; at = table.get(at)?.parent ?? 0) own.add(at);
  const origins = new Map<number, Origin>();
  for (const { pid, claude, id = null, mark = null } of processes) {
    const session: ClaudeSession | null = claude === undefined ? null : { pid: claude, id };
    if (session !== null || mark !== null) origins.set(pid, { mark, claude: session });
  }
  const known: KnownProcesses = {
    own,
    uids: new Set([1000]),
    detail: ({ pid, command }) => {
      const { uid = 1000, program = command } = processes.find((one) => one.pid === pid) ?? {};
      return { uid, program };
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
    name: 'with all below it, whatever its environment and age',
    processes: [ORPHAN, { pid: 60, parent: 50 }, { pid: 70, parent: 60, started: UPTIME_TICKS - 1 }],
    want: [...FOUND, '40 left 60 child', '40 left 70 child'],
  },
  {
    name: 'with the group that it leads',
    processes: [ORPHAN, { pid: 60, parent: 1, group: 50 }],
    want: [...FOUND, '40 left 60 group'],
  },
  {
    name: 'given to systemd --user, not to process 1',
    processes: [
      { pid: 20, parent: 1, command: 'systemd' },
      { ...ORPHAN, parent: 20 },
    ],
    want: FOUND,
  },
  {
    name: 'the pid of the session has passed on to a younger process',
    processes: [{ pid: 40, parent: 1, started: 501 }, ORPHAN],
    want: FOUND,
  },
  {
    name: 'the pid of the session has passed on to one of its own orphans',
    processes: [ORPHAN, { pid: 40, parent: 50, started: 501 }],
    want: [...FOUND, '40 left 40 child'],
  },
  {
    name: 'one that names itself is no session for it',
    processes: [ORPHAN, { pid: 60, parent: 50, claude: 60 }],
    want: [...FOUND, '40 left 60 child'],
  },
  { name: 'two minutes old', processes: [{ ...ORPHAN, started: OLD }], want: FOUND },
  {
    name: 'two sessions',
    processes: [ORPHAN, { pid: 60, parent: 1, claude: 41 }],
    want: [...FOUND, '41 left 60 claude'],
  },
  {
    name: 'one pid that was two sessions',
    processes: [ORPHAN, { pid: 60, parent: 1, claude: 40, id: 'other' }],
    want: [...FOUND, 'other left 60 claude'],
  },

  { name: 'the session lives', processes: [{ pid: 40, parent: 1 }, ORPHAN], want: [] },
  { name: 'the session lives, hidden from us', processes: [ORPHAN], hidden: [40], want: [] },
  {
    name: 'the session started in the same moment',
    processes: [{ pid: 40, parent: 1, started: 500 }, ORPHAN],
    want: [],
  },
  { name: 'not yet two minutes old', processes: [{ ...ORPHAN, started: OLD + 1 }], want: [] },
  { name: 'named by nothing', processes: [{ pid: 50, parent: 1 }], want: [] },
  { name: 'its own session', processes: [{ pid: 50, parent: 1, claude: 50 }], want: [] },
  { name: 'of a run, which finds it by its mark', processes: [{ ...ORPHAN, mark: 'm1' }], want: [] },
  {
    name: "below a person's shell",
    processes: [
      { pid: 30, parent: 1, command: 'bash' },
      { ...ORPHAN, parent: 30 },
    ],
    want: [],
  },
  {
    name: 'below an init in somebody’s terminal',
    processes: [
      { pid: 20, parent: 1, command: 'bash' },
      { pid: 30, parent: 20, command: 'tini' },
      { ...ORPHAN, parent: 30 },
    ],
    want: [],
  },
  { name: 'below a process that cannot be seen', processes: [{ ...ORPHAN, parent: 30 }], want: [] },
  {
    name: 'a busy build below a live session, that an older session had started',
    processes: [
      { pid: 45, parent: 1, command: 'claude' },
      { ...ORPHAN, parent: 45, state: 'R' },
    ],
    want: [],
  },
  {
    name: 'of another user',
    processes: [{ ...ORPHAN, uid: 1001 }],
    want: ['40 spares 50 belongs to another user (1001)'],
  },
  {
    name: 'a tmux server with all that a person does in it since',
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
    name: 'the command that asks, from below an orphan, with all that runs there',
    processes: [ORPHAN, { pid: 60, parent: 50 }, { pid: 65, parent: 50 }, { pid: 80, parent: 60 }],
    self: 80,
    want: [],
  },
  {
    name: 'the command that asks, from the group of an orphan, with all that runs there',
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
    name: 'others of the session that whoever asks was started by: in a sandbox its pid is another one',
    processes: [ORPHAN, { pid: 60, parent: 1, claude: 40, command: 'bash' }, { pid: 80, parent: 60 }],
    self: 80,
    want: [],
  },
  {
    name: 'a live claude below an orphaned shell, though it has started nothing yet',
    processes: [ORPHAN, { pid: 60, parent: 50, claude: 40, command: 'claude' }, { pid: 65, parent: 50 }],
    want: [...FOUND, '40 left 65 child', '40 spares 60 is a live Claude session'],
  },
  {
    name: 'a live session by another name, known by what it started',
    processes: [
      ORPHAN,
      { pid: 60, parent: 50, claude: 40 },
      { pid: 65, parent: 60, claude: 60 },
      { pid: 66, parent: 65 },
    ],
    want: [...FOUND, '40 spares 60 is a live Claude session'],
  },
  {
    name: 'what a lease stands on, below an orphan',
    processes: [ORPHAN, { pid: 60, parent: 50 }, { pid: 65, parent: 60 }],
    others: [60],
    want: [...FOUND, '40 spares 60 holds another lease'],
  },
  {
    name: 'an orphan that holds a lease itself',
    processes: [ORPHAN, { pid: 60, parent: 50 }],
    others: [50],
    want: ['40 spares 50 holds another lease'],
  },
];

it.each(table)('$name', ({ want, ...machine }) => {
  expect(look(machine)).toEqual(want);
});

describe('once it was seen', () => {
  it('what was below the topmost is known when that has ended, and spared when it is a session by then', () => {
    const row = (pid: number, command: string): ProcessRow => ({
      ...{ pid, parent: 1, group: pid, session: pid, tty: 0, started: pid * 10, state: 'S', command, rssBytes: 0 },
    });
    const rows = [row(1, 'systemd'), row(60, 'node'), row(70, 'claude')];
    const processes = new Map(rows.map((one) => [one.pid, one]));
    const around = { own: new Set<number>(), uids: new Set([1000]), detail: () => ({ uid: 1000, program: 'node' }) };
    const known: KnownProcesses = { ...around, origins: new Map(), ageMs: () => 0, isGone: () => true };
    const seen = [50, 60, 70].map((pid) => ({ pid, started: pid * 10 }));
    const traces = tracesOfSession(processes, { pid: 40, id: null, seen }, known);
    const none = { roots: [], contained: new Set<number>(), marked: new Set<number>() };
    const { found, skipped } = find(processes, { ...none, ...traces }, around);
    expect(found.map(({ row: { pid }, evidence }) => `${pid} ${evidence}`)).toEqual(['60 ledger']);
    expect(skipped.map(({ row: { pid }, why }) => `${pid} ${why}`)).toEqual(['70 is a live Claude session']);
  });
});
