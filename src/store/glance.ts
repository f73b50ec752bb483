/**
 * Answers three questions from the bare text of slots.yaml and config.yaml: whether a hook has work, whether a ticket still
 * waits, whether hooks deny on an error. A glance knows the layout in which this room writes records (records.ts,
 * spawn-records.ts, session-records.ts, budget-records.ts). It is in doubt about any other layout, and then its caller
 * reads the file.
 */
import type { HookEvent } from '../core/hooks/event.ts';
import { isSpawn } from '../core/hooks/event.ts';
import { RENEW_MS } from '../core/model/session.ts';
import { workOf } from '../core/usage/attribution.ts';

const LISTS = ['leases', 'queue', 'sessions', 'budgets'] as const;
type ListKey = (typeof LISTS)[number];

/** Beginnings of lines in a flow mapping, a damaged file, or under keys that a person has quoted. */
const ODD_LINES = ['\n"', "\n'", '\n{', '\n[', '\n-', '\n?', '\n!', '\n&', '\n\t', '\r'];
/** Parts of a record that JSON.stringify writes otherwise: spaces between its tokens, escaped letters. */
const ODD_PARTS = ['": ', '" :', '\t', '\\u'];

const isOwnHead = (rest: string): boolean =>
  rest === '' || rest === ' []' || rest.startsWith(' #') || rest.startsWith(' [] #');

/**
 * The lines of a list, empty where there is none; null in another layout. It searches for places in the text and uses
 * hardly a pattern: in a cold process each pattern would cost more than all the rest.
 */
function listIn(slots: string, key: ListKey): string | null {
  const begin = slots.indexOf(`\n${key}`) + 1;
  if (begin === 0) return '';
  let end = slots.indexOf('\n', begin);
  if (end < 0) end = slots.length;
  const rest = slots.slice(begin + key.length, end);
  if (rest[0] !== ':' || !isOwnHead(rest.slice(1))) return null;
  while (end < slots.length) {
    const line = end + 1;
    const first = slots[line];
    if (first !== ' ' && first !== '#' && first !== '\n' && first !== undefined) break;
    let next = slots.indexOf('\n', line);
    if (next < 0) next = slots.length;
    const isRecord = slots.startsWith('  - {"', line) && slots[next - 1] === '}';
    if (!isRecord && !/^\s*(?:#|$)/.test(slots.slice(line, next))) return null;
    end = next;
  }
  const list = slots.slice(begin, end);
  return ODD_PARTS.some((part) => list.includes(part)) ? null : list;
}

/** The lists as we write them; null for a text that a person, another version or an accident laid out otherwise. */
function listsIn(slots: string): Readonly<Record<ListKey, string>> | null {
  const text = `\n${slots}`;
  const isVersioned = text.includes('\nversion: 1\n') || text.includes('\nversion: 1 #');
  if (!isVersioned || ODD_LINES.some((mark) => text.includes(mark))) return null;
  const [leases, queue, sessions, budgets] = LISTS.map((key) => listIn(text, key));
  if (leases == null || queue == null || sessions == null || budgets == null) return null;
  return { leases, queue, sessions, budgets };
}

/** The name that the session gave to its own line of work. */
function aliasIn({ session }: HookEvent, sessions: string): string | null {
  const line = sessions.split('\n').find((text) => text.includes(`{"session":${JSON.stringify(session)},`));
  return /"agent":"([^"\\]+)"/.exec(line ?? '')?.[1] ?? null;
}

/** The line of work, or the session that pays for it, has a budget. */
function hasBudget(event: HookEvent, budgets: string, aliases: readonly (string | null)[]): boolean {
  const { session, agentId } = event;
  const names = [`/${workOf(session, null)}"`, ...(agentId === null ? [] : [`/${workOf(session, agentId)}"`])];
  for (const alias of aliases) if (alias !== null) names.push(`"${alias}"`);
  const books = budgets.toLowerCase();
  return names.some((name) => books.includes(name.toLowerCase()));
}

/** The last sign of life in the file is so old that this one is worth a commit. */
function isRenewalDue({ agentId }: HookEvent, spawned: string, now: number): boolean {
  if (agentId === null) return false;
  const mark = `"agent_id":${JSON.stringify(agentId)},`;
  for (let at = spawned.indexOf(mark); at >= 0; at = spawned.indexOf(mark, at + 1)) {
    const from = at + mark.length + '"heard_at":"'.length;
    // In another order of keys this is no time, which counts as due.
    if (!(Math.abs(now - Date.parse(spawned.slice(from, from + 24))) < RENEW_MS)) return true;
  }
  return false;
}

/** An agent of a session that we know is at work and has no lease. */
const isUncounted = ({ agentId }: HookEvent, leases: string): boolean =>
  agentId !== null && !leases.includes(`"agent_id":${JSON.stringify(agentId)}`);

/**
 * Whether a hook has anything to do for an event; true in doubt. Hooks ask before every tool call of every agent, and most
 * agents have no budget and no slot. `read` gives the text of slots.yaml, or null where there is no state yet; `alias` is
 * the name that the environment gives the session's own line of work.
 */
export function hasWork(event: HookEvent, read: () => string | null, alias: string | null, now: number): boolean {
  const isSpawning = isSpawn(event);
  if (event.name === 'SessionStart' || (event.name === 'PreToolUse' && isSpawning)) return true;
  const slots = read();
  if (slots === null) return false;
  const lists = listsIn(slots);
  if (lists === null) return true;
  const spawned = lists.leases + lists.queue;
  const own = `"session":${JSON.stringify(event.session)}`;
  const knowsSession = lists.sessions.includes(own) || spawned.includes(own);
  switch (event.name) {
    case 'PreToolUse':
      return (
        isRenewalDue(event, spawned, now) ||
        hasBudget(event, lists.budgets, [alias, aliasIn(event, lists.sessions)]) ||
        (knowsSession && isUncounted(event, spawned))
      );
    case 'PostToolUse':
      return (isSpawning && knowsSession) || isRenewalDue(event, spawned, now);
    case 'PostToolUseFailure':
      return isSpawning && knowsSession;
    case 'SubagentStart':
    case 'TaskCreated':
    case 'TaskCompleted':
      return true;
    case 'SubagentStop':
    case 'SessionEnd':
      return knowsSession;
    case 'Stop':
      return event.running !== null && spawned.includes(`"spawn":{${own}`);
  }
}

/** Whether slots.yaml lists this ticket as waiting; false in doubt. */
export const isQueuedIn = (slots: string, ticket: string): boolean =>
  slots.includes(`\n  - {"ticket":${JSON.stringify(ticket)},`);

/** `hooks.on_error: deny` in a config.yaml that cannot be read as YAML: comments and other sections do not count. */
export function deniesIn(config: string): boolean {
  let isInHooks = false;
  for (const line of config.split('\n')) {
    const text = line.replace(/(?:^|\s)#.*$/, '');
    if (/^\S/.test(text)) isInHooks = /^["']?hooks["']?\s*:/.test(text);
    if (isInHooks && /["']?on_error["']?\s*:\s*["']?deny\b/.test(text)) return true;
  }
  return false;
}
