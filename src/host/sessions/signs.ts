/**
 * Signs of life of agents inside sessions, which have no process to ask: their transcripts grow, and tools run for them
 * below the session's process. Whose tool it is cannot be told, so a tool counts for every agent of its session that was
 * not heard of since it began and whose transcript does not say that it is in no tool.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SignReader } from '../../context.ts';
import type { Signs } from '../../core/hooks/silence.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { Session } from '../../core/model/session.ts';
import { findSession } from '../../core/model/session.ts';
import type { State } from '../../core/model/state.ts';
import type { ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';
import { isHook } from '../processes/own-hooks.ts';
import { lineage } from '../processes/table.ts';
import type { ProcessView } from '../processes/view.ts';

/** A hook is told of a tool call a moment before the tool begins, and clocks are read one after the other. */
const SLACK_MS = 5_000;

interface Written {
  readonly path: string;
  readonly name: string;
  readonly at: number;
}

function filesBelow(folder: string, depth = 3): Written[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth === 0 ? [] : filesBelow(path, depth - 1);
      return entry.name.endsWith('.jsonl') ? [{ path, name: entry.name, at: statSync(path).mtimeMs }] : [];
    });
  } catch {
    return [];
  }
}

/** Transcripts of the session's agents: below its own folder (Claude Code), or beside its own (Codex). */
function transcriptsOf({ transcript }: Session): readonly Written[] {
  if (transcript === null) return [];
  const own = filesBelow(join(dirname(transcript), basename(transcript, '.jsonl'), 'subagents'));
  return basename(transcript).startsWith('rollout-') ? [...own, ...filesBelow(dirname(transcript), 0)] : own;
}

/** What an agent writes; one that is not known by name may write any of those that nobody else does. */
function writtenBy(lease: Lease, files: readonly Written[], named: ReadonlySet<string>): readonly Written[] {
  const id = lease.spawn?.agentId ?? null;
  const isOwn = ({ name }: Written): boolean =>
    id === null ? ![...named].some((other) => name.includes(other)) : name.includes(id);
  return files.filter(isOwn);
}

const lastAt = (files: readonly Written[]): number => files.reduce((latest, { at }) => Math.max(latest, at), 0);

/** The end of a transcript in which its last line is found; a longer one is a tool's result. */
const TAIL_BYTES = 64 << 10;

/** The last word in the transcript is a call of a tool; also where that cannot be told. */
function isInTool(path: string): boolean {
  try {
    const size = statSync(path).size;
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
    const fd = openSync(path, 'r');
    try {
      readSync(fd, tail, 0, tail.length, size - tail.length);
    } finally {
      closeSync(fd);
    }
    const last = tail
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .findLast((line) => /"type":"(?:assistant|user)"/.test(line));
    return last === undefined || !last.startsWith('{') ? size <= TAIL_BYTES : last.includes('"type":"tool_use"');
  } catch {
    return true;
  }
}

/** A tool that runs below its session may be the agent's own. */
const mayUseTools = ({ spawn }: Lease, files: readonly Written[]): boolean =>
  spawn?.agentId == null || files.length === 0 || files.some(({ path }) => isInTool(path));

/** The latest beginning of a tool below the process, in milliseconds since the epoch; 0 when none runs. */
function latestTool(session: ProcessRow, table: ProcessTable, beganMs: (row: ProcessRow) => number): number {
  const own = lineage(table, process.pid);
  let latest = 0;
  const below = new Map<number, boolean>([[session.pid, true]]);
  const isBelow = (row: ProcessRow): boolean => {
    const known = below.get(row.pid);
    if (known !== undefined) return known;
    below.set(row.pid, false);
    const parent = table.get(row.parent);
    const found = parent !== undefined && isBelow(parent);
    below.set(row.pid, found);
    return found;
  };
  for (const row of table.values()) {
    if (row.pid === session.pid || own.has(row.pid) || !isBelow(row)) continue;
    const began = beganMs(row);
    if (began > latest && !isHook(row.pid)) latest = began;
  }
  return latest;
}

export interface SignsOptions {
  readonly view: ProcessView;
  readonly now: () => Instant;
}

export function openSigns({ view, now }: SignsOptions): SignReader {
  const look = async (leases: readonly Lease[], { sessions }: State): Promise<Signs> => {
    const heard = new Map<LeaseId, Instant>();
    const busy = new Set<LeaseId>();
    const table = view.scan();
    const at = now();
    const beganMs = (row: ProcessRow): number => at - view.ageMs(row);
    const ids = new Set(leases.map(({ spawn }) => spawn?.session ?? ''));
    for (const id of ids) {
      const own = leases.filter(({ spawn }) => spawn?.session === id);
      const session = findSession(sessions, id);
      const files = session === null ? [] : transcriptsOf(session);
      const named = new Set(own.flatMap(({ spawn }) => (spawn?.agentId == null ? [] : [spawn.agentId])));
      const holder = own[0]?.holder ?? null;
      const row = holder === null ? undefined : table.get(holder.pid);
      const toolAt = row === undefined ? 0 : latestTool(row, table, beganMs);
      for (const lease of own) {
        const written = writtenBy(lease, files, named);
        const writtenAt = lastAt(written);
        if (writtenAt > 0) heard.set(lease.id, Math.min(writtenAt, now()) as Instant);
        const isSince = toolAt >= (lease.spawn?.heardAt ?? 0) - SLACK_MS;
        if (isSince && mayUseTools(lease, written)) busy.add(lease.id);
      }
    }
    return { heard, busy };
  };
  return { look };
}
