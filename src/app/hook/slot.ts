/** A slot for an agent that is about to start: granted at once, after a short wait, or denied with the reason. */
import { GO_ON, type HookAnswer } from '../../core/hooks/answer.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import { processKey } from '../../core/model/process-ref.ts';
import type { SessionFacts } from '../../core/model/session.ts';
import type { HookPorts } from '../../ports/hook.ts';
import { ask, leaseAround } from '../acquire.ts';

/** Answers a spawn. A grant gives the empty answer, because the user's permissions still decide about the tool. */
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
    // A call without an id is identified by the process of its hook.
    toolCall: toolCall ?? `call-${processKey(waiter)}`,
    by: agentId,
    parent: leaseAround(ports.env),
    waiter,
  });
  if (asked.kind === 'granted') return GO_ON;
  const { deniedAt, waitForSlot } = await import('./slot-wait.ts');
  return asked.kind === 'denied' ? deniedAt(asked, asked) : waitForSlot(asked.outlook, waitMs, ports);
}
