/** A slot for an agent that is about to be started: granted at once, waited for a little, or denied with the facts. */
import type { HookAnswer } from '../../core/hooks/answer.ts';
import { GO_ON } from '../../core/hooks/answer.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import { processKey } from '../../core/model/process-ref.ts';
import type { SessionFacts } from '../../core/model/session.ts';
import type { HookPorts } from '../../ports/hook.ts';
import { ask, leaseAround } from '../acquire.ts';

/** Answers a spawn. A grant says nothing: whether the tool may run is for others to decide. */
export async function takeSlot(
  { toolCall, agentId }: HookEvent,
  facts: SessionFacts,
  waitMs: number,
  ports: HookPorts,
): Promise<HookAnswer> {
  const waiter = ports.host.self();
  const asked = await ask(ports.store, {
    kind: 'spawn-agent',
    facts,
    // A call without an id is known by the process that asks for it.
    toolCall: toolCall ?? `call-${processKey(waiter)}`,
    by: agentId,
    parent: leaseAround(ports.env),
    waiter,
  });
  if (asked.kind === 'granted') return GO_ON;
  const { deniedAt, waitForSlot } = await import('./slot-wait.ts');
  return asked.kind === 'denied' ? deniedAt(asked, asked) : waitForSlot(asked.outlook, waitMs, ports);
}
