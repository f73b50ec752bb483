/**
 * Whether a hook has anything to do: decided from the event and the bare text of slots.yaml, because it is asked before
 * every tool call of every agent, and most have no budget and nothing to say. In doubt it has.
 */
import { RENEW_MS } from '../model/session.ts';
import { workOf } from '../usage/attribution.ts';
import type { HookEvent } from './event.ts';
import { isSpawn } from './event.ts';

/** The section of a key, as it stands in the text; empty where there is none. */
function sectionOf(slots: string, key: string): string {
  const at = slots.indexOf(`\n${key}:`);
  if (at < 0) return '';
  const end = slots.slice(at + 1).search(/\n[a-z_]+:/);
  return end < 0 ? slots.slice(at) : slots.slice(at, at + 1 + end);
}

/** The line of work, or the session that pays for it, has a budget. `alias` is its other name, where it has one. */
function hasBudget({ session, agentId }: HookEvent, slots: string, alias: string | null): boolean {
  const books = sectionOf(slots, 'budgets').toLowerCase();
  if (books === '') return false;
  const names = [`/${workOf(session, null)}"`, ...(agentId === null ? [] : [`/${workOf(session, agentId)}"`])];
  if (alias !== null) names.push(`"${alias}"`);
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

/** `read` gives the text of slots.yaml, or null where there is no state yet. */
export function hasWork(event: HookEvent, read: () => string | null, alias: string | null, now: number): boolean {
  const isSpawning = isSpawn(event);
  if (event.name === 'SessionStart' || (event.name === 'PreToolUse' && isSpawning)) return true;
  const slots = read();
  if (slots === null) return false;
  const knowsSession = slots.includes(`"session":${JSON.stringify(event.session)}`);
  switch (event.name) {
    case 'PreToolUse':
      return hasBudget(event, slots, alias) || isRenewalDue(event, slots, now);
    case 'PostToolUse':
      return (isSpawning && knowsSession) || isRenewalDue(event, slots, now);
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
      return event.running !== null && slots.includes(`"spawn":{"session":${JSON.stringify(event.session)}`);
  }
}
