/**
 * Signs of life of agents inside sessions. Such agents have no process of their own: their transcripts grow, and their
 * tools run below the session's process. A tool names no agent, so it counts for every agent of the session whose open
 * call is older, and for every identified agent with an unknown call.
 */
import { closeSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Signs } from '../../core/hooks/silence.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Lease } from '../../core/model/lease.ts';
import { findSession, type Session } from '../../core/model/session.ts';
import type { State } from '../../core/model/state.ts';
import { isSame, type ProcessRow, type ProcessTable } from '../../core/reap/process-row.ts';
import { orElse } from '../../errors.ts';
import { MOST_BYTES, openRegular } from '../../files/regular-file.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SignReader } from '../../ports/signs.ts';
import { suspendedMs } from '../boot-clock.ts';
import { isHook } from '../processes/own-hooks.ts';
import { lineage } from '../processes/table.ts';
import type { ProcessView } from '../processes/view.ts';

/** Tolerance between a tool call's hook and the start of its tool: the hook runs first, and the clocks differ a little. */
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

/** Transcripts of this agent. Without an id: every file that no identified agent claims. */
function writtenBy(lease: Lease, files: readonly Written[], named: ReadonlySet<string>): readonly Written[] {
  const id = lease.spawn?.agentId ?? null;
  const isOwn = ({ name }: Written): boolean =>
    id === null ? ![...named].some((other) => name.includes(other)) : name.includes(id);
  return files.filter(isOwn);
}

/** The last write; 0 for none. A write in the future is from before the clock was set back, so its time is unknown. */
const lastAt = (files: readonly Written[], now: number): number =>
  files.reduce((latest, { at }) => (at > now + SLACK_MS ? latest : Math.max(latest, at)), 0);

/** Size of the end of a transcript that is searched for calls and results, in bytes. */
const TAIL_BYTES = 1 << 20;

interface Line {
  readonly timestamp?: string;
  readonly message?: { readonly content?: readonly { type?: string; id?: string; tool_use_id?: string }[] };
}

const lineIn = (text: string): Line => orElse(() => JSON.parse(text) as Line, {});

/**
 * Start of the agent's oldest call without a result, in milliseconds; null if each call has one, undefined if unknown, as
 * for a call in the future, which is from before the clock was set back.
 */
function openSince(path: string, now: number): number | null | undefined {
  try {
    const { fd, stat } = openRegular(path, { mostBytes: MOST_BYTES.lines });
    const size = Number(stat.size);
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
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
    const first = Math.min(...open.values());
    // A call before the tail may still be open.
    if (open.size === 0) return size > TAIL_BYTES ? undefined : null;
    return first > now + SLACK_MS ? undefined : first;
  } catch {
    return undefined;
  }
}

/** True if a tool of the session may belong to the agent: the tool began after an open call of the agent. */
function mayBeIts(toolAt: number, { spawn }: Lease, files: readonly Written[], now: number): boolean {
  if (toolAt === 0 || spawn === null) return false;
  const calls = files.map(({ path }) => openSince(path, now));
  const open = calls.filter((at) => typeof at === 'number');
  if (open.length > 0) return toolAt >= Math.min(...open) - SLACK_MS;
  // An agent without an id has no evidence of activity, so it does not count as busy.
  const isUnknown = files.length === 0 || calls.includes(undefined);
  return spawn.agentId !== null && isUnknown && toolAt >= spawn.heardAt - SLACK_MS;
}

/** Latest start of a tool below the process, in milliseconds since the epoch; 0 if none runs. */
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

export function openSigns({ view, now }: { readonly view: ProcessView } & Clock): SignReader {
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
      const found = holder === null ? undefined : table.get(holder.pid);
      const row = holder !== null && isSame(found, holder) ? found : undefined;
      const toolAt = row === undefined ? 0 : latestTool(row, table, beganMs);
      for (const lease of own) {
        const written = writtenBy(lease, files, named);
        const writtenAt = lastAt(written, at);
        if (writtenAt > 0) heard.set(lease.id, Math.min(writtenAt, now()) as Instant);
        // A recent write is enough.
        if (at - writtenAt >= SLACK_MS && mayBeIts(toolAt, lease, written, at)) busy.add(lease.id);
      }
    }
    return { heard, busy, suspendedMs: suspendedMs() };
  };
  return { look };
}
