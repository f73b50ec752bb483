/** Agents of sessions that are over without anyone having heard of it: found by what they leave, ended in the state. */
import type { Snapshot } from '../context.ts';
import { silentAgents } from '../core/hooks/silence.ts';
import type { HookPorts } from './ports.ts';

/** Looks, and writes down what matters of it. */
export async function endSilent({ state, environment }: Snapshot, { openSigns, store }: HookPorts): Promise<void> {
  const spawned = state.leases.filter(({ spawn }) => spawn !== null);
  if (spawned.length === 0) return;
  const signs = await (await openSigns()).look(spawned, state);
  const told = silentAgents(state, environment, signs);
  if (told !== null) await store.transact({ kind: 'attend', do: 'look', ...told });
}
