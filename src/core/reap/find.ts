/**
 * Finds the processes of some leases, with the evidence, in a snapshot of all processes. It runs again on every new
 * snapshot, because trees grow while they are being ended.
 *
 * Evidence, strongest first: the kernel's containment (cgroup); the started process or the holder of the lease (root);
 * left behind by a dead Claude session (claude); seen below the root earlier (ledger); below it now (child); in a process
 * group or session led by one of them; marked in its environment. Vetoed processes are listed as skipped, and they are
 * no evidence for others.
 */
import { type Identity, isSame, type ProcessRow, type ProcessTable } from './process-row.ts';
import { type Around, type Other, type Veto, vetoOf } from './veto.ts';

export type Evidence = 'cgroup' | 'root' | 'claude' | 'ledger' | 'child' | 'group' | 'session' | 'marker';

/** Facts about the processes of some leases. */
export interface Traces {
  readonly roots: readonly Identity[];
  /** Pids inside the leases' cgroups. */
  readonly contained: ReadonlySet<number>;
  /** Pids that a dead Claude session left behind. */
  readonly orphaned: ReadonlySet<number>;
  /** Processes seen to belong to the leases, alive or not. */
  readonly seen: readonly Identity[];
  /** Pids whose environment carries a mark of the leases. */
  readonly marked: ReadonlySet<number>;
  /** Processes of other leases, and others that must be spared. */
  readonly others: readonly Other[];
}

export interface Found {
  readonly row: ProcessRow;
  readonly evidence: Evidence;
}

export interface Skipped extends Veto {
  readonly row: ProcessRow;
}

export interface Findings {
  /** Parents before children. */
  readonly found: readonly Found[];
  readonly skipped: readonly Skipped[];
}

function childrenOf(table: ProcessTable): Map<number, ProcessRow[]> {
  const children = new Map<number, ProcessRow[]>();
  for (const row of table.values()) {
    const siblings = children.get(row.parent);
    if (siblings) siblings.push(row);
    else children.set(row.parent, [row]);
  }
  return children;
}

export function find(table: ProcessTable, traces: Traces, around: Around): Findings {
  const children = childrenOf(table);
  const found = new Map<number, Found>();
  const skipped = new Map<number, Skipped>();
  const rowOf = (identity: Identity): ProcessRow | null => {
    const row = table.get(identity.pid);
    return isSame(row, identity) ? row : null;
  };
  const isOthers = (root: Identity): boolean =>
    traces.others.some(({ pid, started }) => pid === root.pid && started === root.started);
  const roots = new Set(traces.roots.filter((root) => rowOf(root) !== null && !isOthers(root)).map(({ pid }) => pid));

  const isNamed = ({ pid }: ProcessRow): boolean => traces.contained.has(pid) || traces.marked.has(pid);

  // Processes of other leases and below vetoed processes are spared, down to a root of these leases. Process 1 and other
  // processes adopt orphans: a process in our group, or with our mark, is not of a lease that has neither.
  const spared = new Map<number, string>();
  const spareBelow = (top: ProcessRow, why: string, isOurs = (_row: ProcessRow) => false): void => {
    const open = [...(children.get(top.pid) ?? [])];
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      if (roots.has(row.pid) || spared.has(row.pid) || isOurs(row)) continue;
      spared.set(row.pid, why);
      open.push(...(children.get(row.pid) ?? []));
    }
  };
  for (const other of traces.others) {
    const row = rowOf(other);
    if (row === null || roots.has(row.pid)) continue;
    const { who } = other;
    spared.set(row.pid, who === undefined ? 'holds another lease' : `is ${who}`);
    spareBelow(row, `runs under ${who ?? 'another lease'}`, isNamed(row) ? undefined : isNamed);
  }

  const open: ProcessRow[] = [];
  let vetoed: Skipped[] = [];
  const add = (row: ProcessRow, evidence: Evidence): void => {
    if (found.has(row.pid) || skipped.has(row.pid)) return;
    const whySpared = spared.get(row.pid);
    const veto = whySpared === undefined ? vetoOf(row, around) : { why: whySpared, runsOn: false };
    if (veto === null) {
      found.set(row.pid, { row, evidence });
      open.push(row);
      return;
    }
    skipped.set(row.pid, { row, ...veto });
    if (!spared.has(row.pid) && !around.own.has(row.pid)) vetoed.push({ row, ...veto });
  };
  /** Children of the added processes. A child that started before its parent has that parent only by a reused pid. */
  const addBelow = (): void => {
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      for (const child of children.get(row.pid) ?? []) if (child.started >= row.started) add(child, 'child');
    }
  };

  const infer = (): void => {
    // 1. Processes proved by the kernel or by the record made at the start.
    for (const pid of traces.contained) {
      const row = table.get(pid);
      if (row) add(row, roots.has(pid) ? 'root' : 'cgroup');
    }
    for (const root of traces.roots) {
      const row = rowOf(root);
      if (row) add(row, 'root');
    }
    for (const pid of traces.orphaned) {
      const row = table.get(pid);
      if (row) add(row, 'claude');
    }
    for (const seen of traces.seen) {
      const row = rowOf(seen);
      if (row) add(row, 'ledger');
    }
    addBelow();

    // 2. Process groups and sessions that one of them leads. The number of a dead leader proves nothing: it may have led
    // another group since.
    for (let before = -1; before !== found.size; ) {
      before = found.size;
      for (const row of table.values()) {
        if (found.has(row.pid) || skipped.has(row.pid)) continue;
        if (row.group > 1 && found.has(row.group)) add(row, 'group');
        else if (row.session > 1 && found.has(row.session)) add(row, 'session');
        else if (traces.marked.has(row.pid)) add(row, 'marker');
      }
      addBelow();
    }
  };

  // Processes below a vetoed one are no evidence either. Infer everything again with that known, so that the result does
  // not depend on the order in which processes were seen.
  for (let before = -1; before !== spared.size; ) {
    before = spared.size;
    found.clear();
    skipped.clear();
    vetoed = [];
    infer();
    for (const { row, why } of vetoed) spareBelow(row, `below ${row.command} (${row.pid}), ${why}`);
  }

  const inOrder = <T extends { readonly row: ProcessRow }>(items: Iterable<T>): T[] =>
    [...items].sort((a, b) => a.row.started - b.row.started || a.row.pid - b.row.pid);
  return { found: inOrder(found.values()), skipped: inOrder(skipped.values()) };
}
