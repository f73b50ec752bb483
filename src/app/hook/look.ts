/** Ends the leases of agents that have ended without an event, while a hook waits for a slot. */

import { SLEPT_MS, silentAgents } from '../../core/hooks/silence.ts';
import type { HookPorts } from '../../ports/hook.ts';
import type { Snapshot } from '../../ports/snapshot.ts';

const LOOK_AGAIN_MS = 5_000;

type LookingPorts = Pick<HookPorts, 'store' | 'openSigns'>;

/** Looks every five seconds until stopped, because the slots of ended agents may be enough for the wait. */
export function keepLooking(ports: LookingPorts): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const look = async (): Promise<void> => {
    // The wait goes on after a failed look.
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

/** Looks once, and writes the findings. */
async function endSilent({ state, environment }: Snapshot, { openSigns, store }: LookingPorts): Promise<void> {
  const trust = await store.trust();
  const leases = state.leases.filter((lease) => trust.isOwn(lease));
  const spawned = leases.filter(({ spawn }) => spawn !== null);
  if (spawned.length === 0) return;
  const signs = await (await openSigns()).look(spawned, state);
  // Agents are silent while the machine sleeps, and only the monitor knows when it slept.
  if (signs.suspendedMs >= SLEPT_MS) return;
  const findings = silentAgents({ ...state, leases }, environment, signs);
  if (findings !== null) await store.transact({ kind: 'session', do: 'silence', ...findings });
}
