/** One event of a hook: what it changes in the state, and what is answered. Throws what the store throws. */
import type { Attended, SessionFacts } from '../../core/commands/attend.ts';
import type { HookAnswer } from '../../core/hooks/answer.ts';
import { GO_ON } from '../../core/hooks/answer.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import { goesOn, isSpawn, spawnedAgent } from '../../core/hooks/event.ts';
import { elapsedMs } from '../../core/model/instants.ts';
import { sameProcess } from '../../core/model/process-ref.ts';
import type { Session } from '../../core/model/session.ts';
import { findSession, leaseOfAgentId, leaseOfToolCall, RENEW_MS } from '../../core/model/session.ts';
import type { HookPorts, Seen } from './ports.ts';
import { factsOf, payerOf, processOf, register, sessionOf } from './session.ts';
import { requestFor, takeSlot } from './slot.ts';

export async function answerEvent(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const { session, agentId, toolCall } = event;
  const attend = async (what: Attended): Promise<HookAnswer> => {
    await ports.store.transact({ kind: 'attend', ...what });
    return GO_ON;
  };
  switch (event.name) {
    case 'SessionStart':
      return begin(event, ports);
    case 'PreToolUse':
      return beforeTool(event, ports);
    case 'PostToolUse': {
      if (!isSpawn(event)) return agentId === null ? GO_ON : attend({ do: 'hear', session, agentId });
      const spawned = spawnedAgent(event);
      if (!goesOn(event)) return attend({ do: 'finish', session, toolCall, agentId: spawned });
      return spawned === null ? GO_ON : attend({ do: 'bind', session, toolCall, agentId: spawned });
    }
    case 'PostToolUseFailure':
      return isSpawn(event) ? attend({ do: 'finish', session, toolCall, agentId: null }) : GO_ON;
    case 'SubagentStart':
      return beginAgent(event, ports);
    case 'SubagentStop':
      return agentId === null ? GO_ON : attend({ do: 'finish', session, toolCall: null, agentId });
    case 'Stop':
      return event.running === null ? GO_ON : attend({ do: 'reconcile', session, running: event.running });
    case 'TaskCreated':
    case 'TaskCompleted':
      return countTask(event, ports);
    case 'SessionEnd':
      return attend({ do: 'leave', session, process: processOf(event, ports) });
  }
}

const look = async ({ store }: HookPorts): Promise<Seen> => ({
  state: await store.peek(),
  settings: await store.settings(),
});

/** The session that was cleared: the latest of the same process with its transcript in the same folder. */
function cleared({ session, process, transcript }: SessionFacts, { state }: Seen): Session | null {
  const folder = (path: string | null): string | null => path?.slice(0, path.lastIndexOf('/')) ?? null;
  const isBefore = (one: Session): boolean =>
    one.id !== session &&
    process !== null &&
    sameProcess(one.process, process) &&
    transcript !== null &&
    folder(one.transcript) === folder(transcript);
  return state.sessions.findLast(isBefore) ?? null;
}

async function begin(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const { store } = ports;
  const before = await look(ports);
  const facts = factsOf(event, before.settings, ports);
  // After /clear the process goes on under another session; the end of the one before may have gone unheard.
  const last = event.source === 'clear' && !event.isCodex ? cleared(facts, before) : null;
  if (last !== null) await store.transact({ kind: 'attend', do: 'leave', session: last.id, process: facts.process });
  const committed = await register(facts, ports);
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
    const slot = await takeSlot(event, session, seen, ports);
    return slot.deny === null ? answer : { ...slot, context: answer.context };
  }
  const { agentId } = event;
  if (agentId === null || findSession(seen.state.sessions, event.session) === null) return answer;
  if (leaseOfAgentId(seen.state.leases, event.session, agentId) === null) await beginSeldom(event, ports);
  else await ports.store.transact({ kind: 'attend', do: 'hear', session: event.session, agentId });
  return answer;
}

/**
 * An agent without a lease that is at work all the same (it is resumed, or was taken for over) cannot be held up; it takes a
 * slot if there is one.
 */
async function beginAgent(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const { session, agentId } = event;
  if (agentId === null) return GO_ON;
  const { store } = ports;
  const bound = await store.transact({ kind: 'attend', do: 'bind', session, toolCall: null, agentId });
  if (leaseOfAgentId(bound.state.leases, session, agentId) !== null) return GO_ON;
  const facts = sessionOf(event, { state: bound.state, settings: bound.environment.settings }, ports);
  const call = `resumed-${agentId}`;
  const command = requestFor({ ...event, toolCall: call, agentId: null }, facts, bound, ports, 'now');
  const { state } = await store.transact(command);
  if (leaseOfToolCall(state.leases, session, call) !== null)
    await store.transact({ kind: 'attend', do: 'bind', session, toolCall: call, agentId });
  return GO_ON;
}

/** Before each of its calls would be too often. */
async function beginSeldom(event: HookEvent, ports: HookPorts): Promise<void> {
  const { memory, now } = ports;
  const line = `uncounted ${event.session} ${event.agentId}`;
  const last = memory.told(line)?.pausedFor ?? null;
  if (last !== null && elapsedMs(last, now()) < RENEW_MS) return;
  memory.keep(line, { action: 'continue', pausedFor: now() });
  await beginAgent(event, ports);
}

async function countTask(event: HookEvent, ports: HookPorts): Promise<HookAnswer> {
  const { session, task } = event;
  if (task === null) return GO_ON;
  const { store } = ports;
  const seen = await look(ports);
  if (findSession(seen.state.sessions, session) === null) await register(sessionOf(event, seen, ports), ports);
  await store.transact({ kind: 'attend', do: 'task', session, task, isDone: event.name === 'TaskCompleted' });
  return GO_ON;
}
