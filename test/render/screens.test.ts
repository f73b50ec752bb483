/** Every screen exactly, at a fixed clock: at widths 60, 80 and 120, with and without colour and emoji. */
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/model/instants.ts';
import type { State } from '../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../src/core/model/state.ts';
import { transition } from '../../src/core/transition.ts';
import type { Snapshot } from '../../src/ports/snapshot.ts';
import { deniedText, grantedText, maxSetText, queuedText, releasedText } from '../../src/render/outcome.ts';
import { queueScreen } from '../../src/render/queue.ts';
import { projectScreen, statusScreen } from '../../src/render/status.ts';
import { aLease, anEntry, anEnvironment, aRequest, aState, byProject, later, NOW } from '../helpers/state.ts';
import { STYLES } from '../helpers/styles.ts';

const agent = (name: string, progress: number, phase: string) => ({
  name,
  pid: null,
  progress,
  phase,
  progressAt: later(-30_000),
  extra: {},
});
const named = (...names: string[]) =>
  names.map((name) => ({ name, pid: null, progress: null, phase: null, progressAt: null, extra: {} }));

/** The machine of the example in the first document of the product. */
const state: State = aState(
  10,
  [
    aLease('L1', 'consilio', 5, {
      agents: [
        agent('auth', 60, '3/4'),
        agent('dashboard', 80, '4/4'),
        agent('api', 40, '2/4'),
        agent('tests', 90, 'Running validations'),
        agent('deploy', 20, '1/4'),
      ],
      acquiredAt: later(-4 * 60_000),
    }),
    aLease('L2', 'openhorizon', 3, { agents: named('landing', 'contact', 'blog') }),
    aLease('L3', 'odin', 2, { agents: named('parser'), expiresAt: later(900_000), holder: null }),
  ],
  [
    anEntry('T4', 'health-agent', 4, { queuedAt: later(-125_000) }),
    anEntry('T5', 'quiculum-monitor', 6, { minSlots: 2, queuedAt: later(-60_000) }),
  ],
  {
    learnedDuration: byProject({ openhorizon: 9 * 60_000 }),
    vmState: {
      ...EMPTY_VM_STATE,
      cpuPercent: 45.2,
      memoryPercent: 62.1,
      loadAverage: 4.3,
      diskUsagePercent: 58,
      health: 'healthy',
      effectiveMaxSlots: 10,
      sampledAt: NOW as Instant,
    },
  },
);
const environment = anEnvironment({ projectPriorities: byProject({ consilio: 10 }) });
const snapshot: Snapshot = { state, environment, repairs: [], isDue: false };

const golden = (name: string, text: string) => expect(`${text}\n`).toMatchFileSnapshot(`../golden/${name}.txt`);

describe.each([60, 80, 120])('at %i columns', (width) => {
  it.each(Object.entries(STYLES))('%s', async (style, styles) => {
    await golden(`status-${width}-${style}`, statusScreen(snapshot, styles, width));
  });
});

it.each(Object.entries(STYLES))('the queue and the screens of a project, %s', async (style, styles) => {
  await golden(`queue-${style}`, queueScreen(snapshot, styles, 60));
  await golden(`project-${style}`, projectScreen(snapshot, 'CONSILIO', styles, 80));
  await golden(`project-waiting-${style}`, projectScreen(snapshot, 'health-agent', styles, 80));
});

it('an empty machine', async () => {
  const empty = { ...snapshot, state: aState(20) };
  await golden('status-empty', statusScreen(empty, STYLES.emoji, 80));
  await golden('queue-empty', queueScreen(empty, STYLES.emoji, 80));
});

it.each(Object.entries(STYLES))('a machine under strain says why, %s', async (style, styles) => {
  const reason = 'work waits for a processor 71% of the time (limit 60%, monitor.cpu_pressure_percent)';
  const vmState = { ...state.vmState, health: 'degraded', reason, effectiveMaxSlots: 8 } as const;
  const strained = { ...snapshot, state: { ...state, leases: [], queue: [], vmState } };
  await golden(`status-strained-${style}`, statusScreen(strained, styles, 60));
});

it('answers of the commands', async () => {
  const styles = STYLES.emoji;
  const pool = aState(20, [aLease('L1', 'a', 18)]);
  const answers: string[] = [];
  const ask = (project: string, slots: number, more = {}) => {
    const request = aRequest(project, slots, more);
    const { outcome, state: next } = transition(pool, request, environment);
    if (outcome.kind === 'granted') answers.push(grantedText(request, outcome.lease, next, styles));
    if (outcome.kind === 'queued') answers.push(queuedText(outcome.outlook, next, environment, styles));
    if (outcome.kind === 'denied') answers.push(deniedText(request, outcome.reason, next, environment));
  };
  ask('consilio', 1);
  ask('consilio', 2);
  ask('consilio', 5, { minSlots: 2 });
  ask('odin', 5);
  ask('odin', 5, { mode: 'now' });
  ask('odin', 21);
  answers.push(releasedText('consilio', 3, pool, styles));
  answers.push(
    maxSetText({ kind: 'max-set', previous: 20, available: 10, canProceed: ['odin'] }, aState(30, pool.leases), styles),
  );
  answers.push(
    maxSetText({ kind: 'max-set', previous: 20, available: 0, canProceed: [] }, aState(5, pool.leases), styles),
  );
  answers.push(
    maxSetText({ kind: 'max-set', previous: 20, available: 0, canProceed: [] }, aState(0, pool.leases), styles),
  );
  await golden('answers', answers.join('\n'));
});
