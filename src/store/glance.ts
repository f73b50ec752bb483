/**
 * Answers three questions from the text of slots.yaml and config.yaml without parsing it: does a hook have work, does a
 * ticket still wait, do hooks deny on an error? It knows only the layout in which document/ writes records. For any other
 * layout its caller reads the file.
 */
import { type HookEvent, isSpawn } from '../core/hooks/event.ts';
import { RENEW_MS } from '../core/model/session.ts';
import { formerWorkOf, workOf } from '../core/usage/attribution.ts';

const LISTS = ['leases', 'queue', 'sessions', 'budgets'] as const;
type ListKey = (typeof LISTS)[number];

/** Line starts of other layouts: a flow mapping, a damaged file, quoted keys. */
const ODD_LINES = ['\n"', "\n'", '\n{', '\n[', '\n-', '\n?', '\n!', '\n&', '\n\t', '\r'];
/** Parts of a record that JSON.stringify does not write: spaces between tokens, escaped letters. */
const ODD_PARTS = ['": ', '" :', '\t', '\\u'];

const isOwnHead = (rest: string): boolean =>
  rest === '' || rest === ' []' || rest.startsWith(' #') || rest.startsWith(' [] #');

/**
 * Lines of a list, empty without one; null in another layout. It searches positions in the text and uses few regular
 * expressions, because in a cold process each one costs more than all other work here.
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

/** The lists in our own layout; null in another layout. */
function listsIn(slots: string): Readonly<Record<ListKey, string>> | null {
  const text = `\n${slots}`;
  const isVersioned = text.includes('\nversion: 1\n') || text.includes('\nversion: 1 #');
  if (!isVersioned || ODD_LINES.some((mark) => text.includes(mark))) return null;
  const [leases, queue, sessions, budgets] = LISTS.map((key) => listIn(text, key));
  if (leases == null || queue == null || sessions == null || budgets == null) return null;
  return { leases, queue, sessions, budgets };
}

/** Name of the session's own agent. */
function aliasIn({ session }: HookEvent, sessions: string): string | null {
  const line = sessions.split('\n').find((text) => text.includes(`{"session":${JSON.stringify(session)},`));
  return /"agent":"([^"\\]+)"/.exec(line ?? '')?.[1] ?? null;
}

/** True if the agent, or the session that pays for it, has a budget. */
function hasBudget(event: HookEvent, budgets: string, aliases: readonly (string | null)[]): boolean {
  const { session, agentId } = event;
  const agents = agentId === null ? [null] : [null, agentId];
  const names = agents.flatMap((id) => [`/${workOf(session, id)}"`, `/${formerWorkOf(session, id)}"`]);
  for (const alias of aliases) if (alias !== null) names.push(`"${alias}"`);
  const books = budgets.toLowerCase();
  return names.some((name) => books.includes(name.toLowerCase()));
}

/** True if the last recorded sign of life is old enough for another commit. */
function isRenewalDue({ agentId }: HookEvent, spawned: string, now: number): boolean {
  if (agentId === null) return false;
  const mark = `"agent_id":${JSON.stringify(agentId)},`;
  for (let at = spawned.indexOf(mark); at >= 0; at = spawned.indexOf(mark, at + 1)) {
    const from = at + mark.length + '"heard_at":"'.length;
    // With another key order this is no time, which counts as due.
    if (!(Math.abs(now - Date.parse(spawned.slice(from, from + 24))) < RENEW_MS)) return true;
  }
  return false;
}

/** True if an agent of a known session works without a lease. */
const isUncounted = ({ agentId }: HookEvent, leases: string): boolean =>
  agentId !== null && !leases.includes(`"agent_id":${JSON.stringify(agentId)}`);

/**
 * True if a hook has work for an event, or may have. It is called before every tool call of every agent, and most
 * have no budget and no slot. `read` returns the text of slots.yaml, or null without a state; `alias` is the environment's
 * name for the session's own agent.
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

/** True if slots.yaml certainly lists this ticket as waiting. */
export const isQueuedIn = (slots: string, ticket: string): boolean =>
  slots.includes(`\n  - {"ticket":${JSON.stringify(ticket)},`);

/** True for `hooks.on_error: deny` in a config.yaml that is not valid YAML; comments and other sections do not count. */
export function deniesIn(config: string): boolean {
  let isInHooks = false;
  for (const line of config.replace(/^\ufeff/, '').split('\n')) {
    const text = line.replace(/(?:^|\s)#.*$/, '');
    if (/^\S/.test(text)) isInHooks = /^["']?hooks["']?\s*:/.test(text);
    if (isInHooks && /["']?on_error["']?\s*:\s*["']?deny\b/.test(text)) return true;
  }
  return false;
}
