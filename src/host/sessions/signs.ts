/**
 * Signs of life of agents inside sessions, which have no process to ask: their transcripts grow, and tools run for them
 * below the session's process. Whose tool it is cannot be told, so a tool counts for every agent of its session that has a
 * call open since before it began, or of which no transcript is found.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Signs } from '../../core/hooks/silence.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { Session } from '../../core/model/session.ts';
import { findSession } from '../../core/model/session.ts';
import type { State } from '../../core/model/state.ts';
import type { ProcessRow, ProcessTable } from '../../core/reap/process-row.ts';
import type { SignReader } from '../../ports/context.ts';
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

/** The end of a transcript in which calls and their results are looked for. */
const TAIL_BYTES = 1 << 20;

interface Line {
  readonly timestamp?: string;
  readonly message?: { readonly content?: readonly { type?: string; id?: string; tool_use_id?: string }[] };
}

function lineIn(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return {};
  }
}

/** Since when the oldest of its calls has no result, in milliseconds; null when each has one, undefined where that cannot be told. */
function openSince(path: string): number | null | undefined {
  try {
    const size = statSync(path).size;
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
    const fd = openSync(path, 'r');
    try {
      readSync(fd, tail, 0, tail.length, size - tail.length);
    } finally {
      closeSync(fd);
    }
    const open = new Map<string, number>();
    for (const text of tail.toString('utf8').split('\n')) {
      if (!/"tool_use"|"tool_result"/.test(text)) continue;
      const { timestamp, message } = lineIn(text);
      const content = Array.isArray(message?.content) ? message.content : [];
      for (const { type, id, tool_use_id: answered } of content) {
        if (type === 'tool_use' && id !== undefined) open.set(id, Date.parse(timestamp ?? '') || 0);
        if (type === 'tool_result' && answered !== undefined) open.delete(answered);
      }
    }
    // What began before the tail may be open still.
    return open.size > 0 ? Math.min(...open.values()) : size > TAIL_BYTES ? undefined : null;
  } catch {
    return undefined;
  }
}

/** A tool below its session may be the agent's own: it began since a call of the agent's that has no result yet. */
function mayBeIts(toolAt: number, { spawn }: Lease, files: readonly Written[]): boolean {
  if (toolAt === 0 || spawn === null) return false;
  const calls = files.map(({ path }) => openSince(path));
  const open = calls.filter((at) => typeof at === 'number');
  if (open.length > 0) return toolAt >= Math.min(...open) - SLACK_MS;
  // Of one that nobody has named nothing is known, and nothing is held against its end.
  const isUntold = files.length === 0 || calls.includes(undefined);
  return spawn.agentId !== null && isUntold && toolAt >= spawn.heardAt - SLACK_MS;
}

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

/** How long the machine has slept since it was booted: one clock counts it, the other does not. */
function suspendedMs(): number {
  try {
    const upMs = Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
    return Math.max(0, upMs - Number(process.hrtime.bigint() / 1_000_000n));
  } catch {
    return 0;
  }
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
        // One that has just written needs no other sign.
        if (at - writtenAt >= SLACK_MS && mayBeIts(toolAt, lease, written)) busy.add(lease.id);
      }
    }
    return { heard, busy, suspendedMs: suspendedMs() };
  };
  return { look };
}
