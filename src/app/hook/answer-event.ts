/** Answers one event of a hook, and makes its change to the state in one commit. Throws the store's errors. */

import type { SessionEvent } from '../../core/commands/session.ts';
import { GO_ON, type HookAnswer } from '../../core/hooks/answer.ts';
import { goesOn, type HookEvent, isSpawn, spawnedAgent } from '../../core/hooks/event.ts';
import { findSession, leaseOfAgentId, RENEW_MS, type SessionFacts } from '../../core/model/session.ts';
import type { HookPorts, Seen } from '../../ports/hook.ts';
import { leaseAround } from '../acquire.ts';
import { factsOf, payerOf, processOf, sessionOf } from './session.ts';
import { takeSlot } from './slot.ts';

export async function answerEvent(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const { session, agentId, toolCall } = event;
  const change = async (sessionEvent: SessionEvent): Promise<HookAnswer> => {
    await ports.store.transact({ kind: 'session', ...sessionEvent });
    return GO_ON;
  };
  switch (event.name) {
    case 'SessionStart':
      return begin(event, ports);
    case 'PreToolUse':
      return beforeTool(event, ports);
    case 'PostToolUse': {
      if (!isSpawn(event)) return agentId === null ? GO_ON : change({ do: 'agent-seen', session, agentId });
      const spawned = spawnedAgent(event);
      if (!goesOn(event)) return change({ do: 'agent-ended', session, toolCall, agentId: spawned });
      return spawned === null ? GO_ON : change({ do: 'agent-bound', session, toolCall, agentId: spawned });
    }
    case 'PostToolUseFailure':
      return isSpawn(event) ? change({ do: 'agent-ended', session, toolCall, agentId: null }) : GO_ON;
    case 'SubagentStart':
      return agentId === null ? GO_ON : resume(sessionOf(event, await look(ports), ports), agentId, ports);
    case 'SubagentStop':
      return agentId === null ? GO_ON : change({ do: 'agent-ended', session, toolCall: null, agentId });
    case 'Stop':
      return event.running === null ? GO_ON : change({ do: 'turn-ended', session, running: event.running });
    case 'TaskCreated':
    case 'TaskCompleted': {
      const { task } = event;
      if (task === null) return GO_ON;
      const seen = await look(ports);
      const facts = sessionOf(event, seen, ports);
      keepName(facts, seen, ports);
      return change({ do: 'task', facts, task, isDone: event.name === 'TaskCompleted' });
    }
    case 'SessionEnd':
      return change({ do: 'ended', session, process: processOf(event, ports) });
  }
}

const look = async ({ store }: HookPorts): Promise<Seen> => ({
  state: await store.peek(),
  settings: await store.settings(),
});

/** Records a new session's name for readers of its transcript. */
function keepName(session: SessionFacts, { state }: Seen, ports: HookPorts): void {
  if (findSession(state.sessions, session.id) === null) ports.nameSession(session.id, session);
}

async function begin(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const facts = factsOf(event, await ports.store.settings(), ports);
  ports.nameSession(facts.id, facts);
  // /clear continues the process under a new session. A Codex process may run other threads, so none of its sessions end.
  const isAfterClear = event.source === 'clear' && !event.isCodex;
  const committed = await ports.store.transact({ kind: 'session', do: 'started', facts, isAfterClear });
  const { welcomeText } = await import('../../render/hook-texts.ts');
  return { ...GO_ON, context: welcomeText(committed, facts.project) };
}

async function beforeTool(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const seen = await look(ports);
  const session = sessionOf(event, seen, ports);
  const payer = payerOf(event, session, seen);
  const answer = payer === null ? GO_ON : await (await import('./budget.ts')).budgetAnswer(event, payer, seen, ports);
  if (answer.deny !== null) return answer;
  if (isSpawn(event)) {
    keepName(session, seen, ports);
    const slot = await takeSlot(event, session, seen.settings.hooks.waitMs, ports);
    return slot.deny === null ? answer : { ...slot, context: answer.context };
  }
  const { agentId } = event;
  if (agentId === null || findSession(seen.state.sessions, event.session) === null) return answer;
  if (leaseOfAgentId(seen.state.leases, event.session, agentId) !== null)
    await ports.store.transact({ kind: 'session', do: 'agent-seen', session: event.session, agentId });
  else if (mayAskAgain(event, ports)) await resume(session, agentId, ports);
  return answer;
}

/** An agent that already runs without a lease cannot be stopped; it takes a slot if one is free. */
async function resume(facts: SessionFacts, agentId: string, ports: HookPorts): Promise<HookAnswer> {
  await ports.store.transact({ kind: 'resume-agent', facts, agentId, parent: leaseAround(ports.env) });
  return GO_ON;
}

/** An agent without a lease asks at most once a minute, not before each of its tool calls. */
function mayAskAgain(event: HookEvent, { memory, now }: HookPorts): boolean {
  const line = `uncounted ${event.session} ${event.agentId}`;
  const last = memory.last(line)?.pausedFor ?? null;
  // `abs`, so that a clock that is set back does not silence it.
  if (last !== null && Math.abs(now() - last) < RENEW_MS) return false;
  memory.keep(line, { action: 'continue', pausedFor: now() });
  return true;
}
