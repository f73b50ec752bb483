/** The processes that belong to a lease, on process tables, since real ones change during a test. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { find, type Traces } from '../../../src/core/reap/find.ts';
import type { ProcessDetail, ProcessRow, ProcessTable } from '../../../src/core/reap/process-row.ts';

type Row = Partial<ProcessRow> & { pid: number; parent: number };

const row = (given: Row): ProcessRow => ({
  group: given.pid,
  session: given.pid,
  tty: 0,
  started: given.pid * 10,
  state: 'S',
  command: 'node',
  rssBytes: 0,
  ...given,
});

const tableOf = (...rows: Row[]): ProcessTable => new Map(rows.map((one) => [one.pid, row(one)]));
const ref = (pid: number, started = pid * 10) => ({ pid, started });

interface Given extends Partial<Omit<Traces, 'contained' | 'marked' | 'orphaned'>> {
  readonly contained?: readonly number[];
  readonly marked?: readonly number[];
  readonly orphaned?: readonly number[];
  readonly own?: readonly number[];
  readonly detail?: (row: ProcessRow) => Partial<ProcessDetail>;
}

function look(
  table: ProcessTable,
  { contained = [], marked = [], orphaned = [], own = [], detail = () => ({}), ...traces }: Given,
) {
  const { found, skipped } = find(
    table,
    {
      roots: [],
      seen: [],
      others: [],
      ...traces,
      contained: new Set(contained),
      marked: new Set(marked),
      orphaned: new Set(orphaned),
    },
    {
      own: new Set(own),
      uids: new Set([1000]),
      detail: (one) => ({ uid: 1000, program: one.command, path: null, argv: [], ...detail(one) }),
    },
  );
  return {
    found: found.map(({ row: { pid }, evidence }) => `${pid} ${evidence}`),
    skipped: skipped.map(({ row: { pid }, why }) => `${pid} ${why}`),
  };
}

const INIT = { pid: 1, parent: 0, command: 'systemd' };

describe('a process belongs to a lease', () => {
  it('if it is the root or a descendant, parents first', () => {
    const table = tableOf(INIT, { pid: 5, parent: 1 }, { pid: 9, parent: 7 }, { pid: 7, parent: 5 });
    expect(look(table, { roots: [ref(5)] })).toEqual({ found: ['5 root', '7 child', '9 child'], skipped: [] });
  });

  it('if it is in the cgroup, below any parent', () => {
    expect(look(tableOf(INIT, { pid: 8, parent: 1 }), { contained: [8, 99] }).found).toEqual(['8 cgroup']);
  });

  it('if it was seen below the root earlier', () => {
    const table = tableOf(INIT, { pid: 8, parent: 1 }, { pid: 9, parent: 8 });
    expect(look(table, { seen: [ref(8)] }).found).toEqual(['8 ledger', '9 child']);
  });

  it('if its group or session is led by a process of the lease', () => {
    const table = tableOf(
      INIT,
      { pid: 6, parent: 1, group: 6, session: 6 },
      { pid: 8, parent: 1, group: 6, session: 3 },
      { pid: 9, parent: 1, group: 9, session: 6 },
    );
    expect(look(table, { seen: [ref(6)] }).found).toEqual(['6 ledger', '8 group', '9 session']);
  });

  it('if it has the mark, or a parent with the mark', () => {
    const table = tableOf(INIT, { pid: 8, parent: 1 }, { pid: 9, parent: 8 });
    expect(look(table, { marked: [8] }).found).toEqual(['8 marker', '9 child']);
  });
});

describe('a process does not belong to a lease', () => {
  it('if it only reuses a pid', () => {
    const table = tableOf(INIT, { pid: 5, parent: 1, started: 999 }, { pid: 6, parent: 5, started: 1000 });
    expect(look(table, { roots: [ref(5)], seen: [ref(6)] })).toEqual({ found: [], skipped: [] });
  });

  it('if the leader of its group only reuses a pid', () => {
    const table = tableOf(INIT, { pid: 6, parent: 1, started: 999 }, { pid: 8, parent: 1, group: 6 });
    expect(look(table, { seen: [ref(6)] }).found).toEqual([]);
  });

  it('if its group or session has the number of a dead process of the lease', () => {
    const table = tableOf(INIT, { pid: 8, parent: 1, group: 6, session: 6 });
    expect(look(table, { seen: [ref(6)], roots: [ref(6)] }).found).toEqual([]);
  });

  it('if it is older than its parent, which reuses a pid', () => {
    const table = tableOf(INIT, { pid: 50, parent: 1 }, { pid: 7, parent: 50, started: 1 });
    expect(look(table, { roots: [ref(50)] }).found).toEqual(['50 root']);
  });

  it('if it only shares the group or session of the process that started the root', () => {
    const table = tableOf(
      INIT,
      { pid: 3, parent: 1, command: 'bash' },
      { pid: 5, parent: 3, group: 3, session: 3 },
      { pid: 6, parent: 3, group: 3, session: 3 },
    );
    expect(look(table, { roots: [ref(5)] }).found).toEqual(['5 root']);
  });
});

describe('vetoes', () => {
  it.each([
    ['process 1', { pid: 1, parent: 0 }, {}, 'process 1'],
    ['a kernel thread', { pid: 40, parent: 2 }, {}, 'kernel thread'],
    ['a process of another user', { pid: 40, parent: 1 }, { uid: 1001 }, 'belongs to another user (1001)'],
    ['a process of an unknown owner', { pid: 40, parent: 1 }, { uid: null }, 'its owner is not known'],
    ['a terminal multiplexer', { pid: 40, parent: 1, command: 'tmux: server' }, { program: 'tmux' }, 'shared server'],
    [
      'a process of an unknown program, by its name',
      { pid: 40, parent: 1, command: 'ssh-agent' },
      { program: null },
      'shared server',
    ],
    ["a person's terminal", { pid: 40, parent: 1, command: 'bash', tty: 3 }, {}, "a person's terminal"],
  ] as const)('%s is never ended, on any evidence', (_name, given, detail, why) => {
    const table = tableOf(INIT, given);
    const evidence = { contained: [given.pid], roots: [ref(given.pid)], seen: [ref(given.pid)], marked: [given.pid] };
    expect(look(table, { ...evidence, detail: () => detail })).toEqual({ found: [], skipped: [`${given.pid} ${why}`] });
  });

  it('an agent that is only named tmux is ended', () => {
    const table = tableOf(INIT, { pid: 40, parent: 1, command: 'tmux: server' });
    expect(look(table, { contained: [40], detail: () => ({ program: 'node' }) }).found).toEqual(['40 cgroup']);
  });

  it('the running command and its ancestors are left out, with everything found only through them', () => {
    const table = tableOf(
      INIT,
      { pid: 5, parent: 1 },
      { pid: 6, parent: 5 },
      { pid: 7, parent: 6 },
      { pid: 8, parent: 5 },
    );
    expect(look(table, { roots: [ref(5)], own: [7, 6, 5, 1] })).toEqual({
      found: [],
      skipped: ['5 runs this very command'],
    });
    expect(look(table, { contained: [5, 6, 7, 8], own: [7, 6, 5, 1] }).found).toEqual(['8 cgroup']);
  });

  it('processes inside a multiplexer are spared with it, except roots of the lease', () => {
    const table = tableOf(
      INIT,
      { pid: 5, parent: 1 },
      { pid: 6, parent: 5, command: 'tmux: server' },
      { pid: 7, parent: 6, command: 'bash' },
      { pid: 8, parent: 7 },
      { pid: 9, parent: 7 },
      { pid: 10, parent: 9 },
    );
    const detail = ({ pid, command }: ProcessRow) => ({ program: pid === 6 ? 'tmux' : command });
    const { found, skipped } = look(table, {
      roots: [ref(5), ref(9)],
      contained: [5, 6, 7, 8, 9],
      marked: [6, 7, 8],
      detail,
    });
    expect(found).toEqual(['5 root', '9 root', '10 child']);
    expect(skipped.map((line) => line.slice(0, 2))).toEqual(['6 ', '7 ', '8 ']);
  });

  it('the holder of another lease is spared with its descendants', () => {
    const table = tableOf(
      INIT,
      { pid: 5, parent: 1 },
      { pid: 6, parent: 5 },
      { pid: 7, parent: 6 },
      { pid: 8, parent: 5 },
    );
    expect(look(table, { roots: [ref(5)], others: [ref(6)] })).toEqual({
      found: ['5 root', '8 child'],
      skipped: ['6 holds another lease'],
    });
  });

  it('an orphan in the group or with the mark is not spared because the holder of another lease adopted it', () => {
    const table = tableOf(
      { ...INIT, command: 'claude' },
      { pid: 5, parent: 1 },
      { pid: 6, parent: 5 },
      { pid: 7, parent: 1 },
      { pid: 8, parent: 1 },
    );
    expect(look(table, { contained: [5, 6], marked: [7], seen: [ref(8)], others: [ref(1)] })).toEqual({
      found: ['5 cgroup', '6 cgroup', '7 marker'],
      skipped: ['8 runs under another lease'],
    });
  });

  it('a holder of another lease inside the group is spared with its descendants', () => {
    const table = tableOf(INIT, { pid: 5, parent: 1 }, { pid: 6, parent: 5 }, { pid: 7, parent: 6 });
    expect(look(table, { contained: [5, 6, 7], marked: [5, 6, 7], others: [ref(6)] })).toEqual({
      found: ['5 cgroup'],
      skipped: ['6 holds another lease', '7 runs under another lease'],
    });
  });

  it('a holder of two leases is not ended with one of them', () => {
    const table = tableOf(INIT, { pid: 5, parent: 1 }, { pid: 6, parent: 5 });
    expect(look(table, { roots: [ref(5)], others: [ref(5)] })).toEqual({
      found: [],
      skipped: ['5 holds another lease'],
    });
  });
});

describe('with any table', () => {
  const rows = fc.uniqueArray(
    fc.record({
      pid: fc.integer({ min: 3, max: 40 }),
      parent: fc.integer({ min: 0, max: 40 }),
      group: fc.integer({ min: 1, max: 40 }),
      session: fc.integer({ min: 1, max: 40 }),
      started: fc.integer({ min: 1, max: 30 }),
      command: fc.constantFrom('node', 'sh', 'tmux'),
      tty: fc.constantFrom(0, 0, 4),
    }),
    { selector: ({ pid }) => pid, maxLength: 30 },
  );
  const pids = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 });

  it('no vetoed process is found, none is both found and skipped, and order makes no difference', () => {
    fc.assert(
      fc.property(
        rows,
        pids,
        pids,
        pids,
        pids,
        fc.integer({ min: 3, max: 40 }),
        (given, contained, marked, rootPids, otherPids, self) => {
          const table = tableOf(INIT, ...given);
          const reversed = tableOf(...[INIT, ...given].reverse());
          const refs = (list: readonly number[]) => list.flatMap((pid) => table.get(pid) ?? []);
          const own = [self, 1];
          const traces = { contained, marked, orphaned: marked, roots: refs(rootPids), others: refs(otherPids), own };
          const result = look(table, traces);
          const foundPids = result.found.map((line) => Number(line.split(' ')[0]));
          const skippedPids = result.skipped.map((line) => Number(line.split(' ')[0]));
          expect(foundPids.filter((pid) => skippedPids.includes(pid) || own.includes(pid) || pid === 1)).toEqual([]);
          for (const pid of foundPids) expect(table.get(pid)?.command).not.toBe('tmux');
          const others = otherPids.filter((pid) => table.has(pid));
          expect(foundPids.filter((pid) => others.includes(pid) && !rootPids.includes(pid))).toEqual([]);
          const again = look(reversed, traces);
          expect(again.found.map((line) => line.split(' ')[0])).toEqual(result.found.map((line) => line.split(' ')[0]));
        },
      ),
      { numRuns: 400 },
    );
  });
});
