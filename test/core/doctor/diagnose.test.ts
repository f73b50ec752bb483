/** Findings on states alone. */
import { expect, it } from 'vitest';
import { diagnoseState } from '../../../src/core/doctor/diagnose.ts';
import { processKey } from '../../../src/core/model/process-ref.ts';
import { anEnvironment, aState, process_ } from '../../helpers/state.ts';

const monitor = (isDead: boolean) => {
  const state = { ...aState(10), monitor: process_(77) };
  const env = { ...anEnvironment(), dead: new Set(isDead ? [processKey(process_(77))] : []) };
  return diagnoseState(state, env, []).find(({ id }) => id === 'monitor');
};

it('a monitor that runs but takes no samples is not called absent', () => {
  expect(monitor(true)).toMatchObject({
    level: 'warn',
    summary: 'the machine is not monitored: no agent is ended when memory runs out',
    fix: 'keep a monitor running: resource-manager service install',
  });
  expect(monitor(false)).toMatchObject({
    level: 'warn',
    summary: 'a monitor runs, but takes no samples: no agent is ended when memory runs out',
    fix: 'find out what holds up process 77, or end it and start another one',
  });
});
