/** Agents of sessions that are over without anyone having heard of it: found by what they leave, ended in the state. */

import { SLEPT_MS, silentAgents } from '../../core/hooks/silence.ts';
import type { Snapshot } from '../../ports/context.ts';
import type { HookPorts } from './ports.ts';

const LOOK_AGAIN_MS = 5_000;

/** Looks from time to time until it is stopped: slots of agents that are over may be all that is missing. */
export function keepLooking(ports: HookPorts): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const look = async (): Promise<void> => {
    // One look that fails is as good as none: the wait goes on.
    await ports.store
      .read()
      .then((snapshot) => endSilent(snapshot, ports))
      .catch(() => {});
    if (!hasEnded) timer = setTimeout(() => (looking = look()), LOOK_AGAIN_MS);
  };
  let looking = look();
  return {
    async stop() {
      hasEnded = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** Looks, and writes down what matters of it. */
async function endSilent({ state, environment }: Snapshot, { openSigns, store }: HookPorts): Promise<void> {
  const spawned = state.leases.filter(({ spawn }) => spawn !== null);
  if (spawned.length === 0) return;
  const signs = await (await openSigns()).look(spawned, state);
  // When it slept cannot be told from here, and whoever slept was silent; the monitor knows.
  if (signs.suspendedMs >= SLEPT_MS) return;
  const told = silentAgents(state, environment, signs);
  if (told !== null) await store.transact({ kind: 'attend', do: 'look', ...told });
}
