/**
 * Whether a hook has anything to do: decided from the event and the bare text of slots.yaml, because it is asked before
 * every tool call of every agent, and most have no budget and nothing to say. In doubt it has.
 */
import { RENEW_MS } from '../model/session.ts';
import { workOf } from '../usage/attribution.ts';
import type { HookEvent } from './event.ts';
import { isSpawn } from './event.ts';

const OWN_LISTS = ['leases', 'queue', 'sessions', 'budgets'] as const;
type ListKey = (typeof OWN_LISTS)[number];

/** What stands at the left where somebody writes keys in quotes, a flow mapping or something that is damaged. */
const ODD = ['\n"', "\n'", '\n{', '\n[', '\n-', '\n?', '\n!', '\n&', '\n\t', '\r'];

const isOwnHead = (rest: string): boolean =>
  rest === '' || rest === ' []' || rest.startsWith(' #') || rest.startsWith(' [] #');

/**
 * The section of a list, empty where there is none; null for one that is not laid out as we write it. It goes by places in
 * the text and without patterns: in a cold process each would cost more than all the rest.
 */
function listIn(slots: string, key: ListKey): string | null {
  const at = slots.indexOf(`\n${key}`);
  if (at < 0) return slots.startsWith(key) ? null : '';
  const begin = at + 1;
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
  return slots.slice(begin, end);
}

/** The lists as we write them; null for a text that a person, another version or an accident laid out otherwise. */
function listsIn(slots: string): Readonly<Record<ListKey, string>> | null {
  const isVersioned =
    slots.startsWith('version: 1\n') || slots.includes('\nversion: 1\n') || slots.includes('version: 1 #');
  if (!isVersioned || ODD.some((mark) => slots.includes(mark))) return null;
  const [leases, queue, sessions, budgets] = OWN_LISTS.map((key) => listIn(slots, key));
  if (leases == null || queue == null || sessions == null || budgets == null) return null;
  return { leases, queue, sessions, budgets };
}

/** Under which name the session's own line of work goes, as it told. */
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

/** Its last sign of life that stands in the file is so old that this one is worth a commit. */
function isRenewalDue({ agentId }: HookEvent, slots: string, now: number): boolean {
  if (agentId === null) return false;
  const mark = `"agent_id":${JSON.stringify(agentId)},"heard_at":"`;
  const at = slots.indexOf(mark);
  if (at < 0) return false;
  const heardAt = Date.parse(slots.slice(at + mark.length, at + mark.length + 24));
  return !(Math.abs(now - heardAt) < RENEW_MS);
}

/** An agent of a session that we know is at work and has no lease. */
const isUncounted = ({ agentId }: HookEvent, leases: string): boolean =>
  agentId !== null && !leases.includes(`"agent_id":${JSON.stringify(agentId)}`);

/** `read` gives the text of slots.yaml, or null where there is no state yet. */
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
