/** A monitor of another pid namespace keeps its place for as long as its last sample counts. */
import { describe, expect, it } from 'vitest';
import { claimMonitor } from '../../src/core/commands/monitor.ts';
import { refusalError } from '../../src/render/refusal.ts';
import { anEnvironment, aState, later, NOW, process_ } from '../helpers/state.ts';

const HERE = { boot: 'b', ns: 7 };
const OWN = { ...process_(5), ...HERE };
const MINUTE = 60_000;

describe.each([
  { name: 'of this namespace', ns: 7 },
  { name: 'of another namespace', ns: 8 },
])('a monitor $name', ({ ns }) => {
  const monitor = { ...process_(6), ...HERE, ns };
  const claim = (sampledMsAgo: number | null, isDead = false) => {
    const state = aState(9);
    const sampledAt = sampledMsAgo === null ? null : later(-sampledMsAgo);
    const env = { ...anEnvironment({}, NOW, isDead ? [monitor] : []), here: HERE };
    return claimMonitor({ ...state, monitor, vmState: { ...state.vmState, sampledAt } }, env, {
      kind: 'claim-monitor',
      monitor: OWN,
    });
  };
  const isRefused = (sampledMsAgo: number | null) => 'refusal' in claim(sampledMsAgo);

  it('keeps others away for five minutes after a sample, and later only if it can be seen', () => {
    const isSeen = ns === HERE.ns;
    expect([0, 5 * MINUTE, 5 * MINUTE + 1, null].map(isRefused)).toEqual([true, true, isSeen, isSeen]);
  });

  it('leaves its place once it is proved dead', () => {
    expect(claim(0, true)).toMatchObject({ state: { monitor: { pid: OWN.pid } } });
  });

  it('is named where another one is refused, with what can be done from here', () => {
    const said = refusalError({ code: 'monitor-running', monitor }, HERE);
    expect(`${said.message}\n${said.hint}`).toBe(
      ns === HERE.ns
        ? 'a monitor is running already: process 6 (p6)\nthe machine needs only one; stop it first to start another'
        : 'a monitor is running already: process 6 (p6), in another container\n' +
            'the machine needs only one; if that container is gone, its place is soon free: 15 seconds after its last sign of life',
    );
  });
});
