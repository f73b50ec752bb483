/** A slot for an agent that is about to be started: had at once, waited for a little, or denied with the facts. */
import type { SessionFacts } from '../../core/commands/attend.ts';
import type { RequestCommand } from '../../core/commands/request.ts';
import { GO_ON, type HookAnswer } from '../../core/hooks/answer.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import { processKey, sameProcess } from '../../core/model/process-ref.ts';
import { findSession } from '../../core/model/session.ts';
import { InternalError } from '../../errors.ts';
import type { HookPorts, Seen } from './ports.ts';
import { parentOf, register } from './session.ts';

export function requestFor(
  event: HookEvent,
  session: SessionFacts,
  seen: Pick<Seen, 'state'>,
  ports: HookPorts,
  mode: 'wait' | 'now',
): RequestCommand {
  return {
    kind: 'request',
    project: session.project,
    slots: 1,
    minSlots: 1,
    mode,
    priority: null,
    agents: [],
    holder: session.process,
    waiter: mode === 'wait' ? ports.host.self() : null,
    ttlMs: null,
    parent: parentOf(event, seen, ports),
    run: null,
    spawn: {
      session: event.session,
      // A call without an id is known by the process that asks for it.
      toolCall: event.toolCall ?? `call-${processKey(ports.host.self())}`,
      agentId: null,
      isNested: event.agentId !== null,
      heardAt: ports.now(),
    },
  };
}

/** Gives the answer to a spawn. One that is granted says nothing: whether the tool may run is for others to say. */
export async function takeSlot(
  event: HookEvent,
  session: SessionFacts,
  seen: Seen,
  ports: HookPorts,
): Promise<HookAnswer> {
  const { store } = ports;
  const { waitMs } = seen.settings.hooks;
  // The place in the queue and the session's end are found by the session.
  const known = findSession(seen.state.sessions, event.session);
  if (known === null || !sameProcess(known.process, session.process)) await register(session, ports);
  const committed = await store.transact(requestFor(event, session, seen, ports, 'wait'));
  const { outcome } = committed;
  switch (outcome.kind) {
    case 'granted':
      return GO_ON;
    case 'denied':
      return (await import('./slot-wait.ts')).deniedAt(committed, session, outcome);
    case 'queued':
      return (await import('./slot-wait.ts')).waitForSlot(event, session, outcome.outlook, waitMs, ports);
    default:
      throw new InternalError('spawn-outcome-3b7e', `a spawn's request ended as ${outcome.kind}`);
  }
}
