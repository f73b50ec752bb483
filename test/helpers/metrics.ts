/** A snapshot without unknown values, so that every metric family has a series. */

import type { AgentBudget, WorkflowBudget } from '../../src/core/model/budget.ts';
import { EMPTY_VM_STATE } from '../../src/core/model/state.ts';
import type { Snapshot } from '../../src/ports/snapshot.ts';
import { aLease, anEntry, anEnvironment, aState, later, NOW, process_ } from './state.ts';

const nothing = { tokens: 0, timeMs: 0, costMicroUsd: 0 };

export const aWorkflow = (workflow: string, more: Partial<WorkflowBudget> = {}): WorkflowBudget => ({
  workflow,
  total: { tokens: 1_000_000, timeMs: 3_600_000, costMicroUsd: 50_000_000 },
  reserve: { tokens: 100_000, timeMs: 360_000, costMicroUsd: 5_000_000 },
  ended: { allocated: nothing, consumed: nothing },
  pressure: 'none',
  window: null,
  extra: {},
  ...more,
});

export const anAgent = (agent: string, workflow: string, more: Partial<AgentBudget> = {}): AgentBudget => ({
  agent,
  workflow,
  priority: 'normal',
  allocated: { tokens: null, timeMs: null, costMicroUsd: null },
  drawn: nothing,
  consumed: nothing,
  borrowed: nothing,
  returned: nothing,
  reservations: [],
  settled: [],
  level: 'green',
  throttleRate: null,
  stopped: null,
  reports: 0,
  recent: nothing,
  busyMs: null,
  pauseMs: 0,
  allocatedAt: NOW,
  reportedAt: null,
  reclaimedAt: null,
  progress: null,
  phase: null,
  window: null,
  unknownModels: [],
  extra: {},
  ...more,
});

export const aFullSnapshot = (): Snapshot => ({
  state: aState(
    10,
    [
      aLease('L1', 'consilio', 5, { acquiredAt: later(-725_500) }),
      aLease('L2', 'openhorizon', 3, { acquiredAt: later(-60_000) }),
      aLease('L3', 'Consilio', 1, { acquiredAt: null }),
    ],
    [
      anEntry('T4', 'odin', 4, { queuedAt: later(-125_250) }),
      anEntry('T5', 'CONSILIO', 2, { queuedAt: later(-5_000), offeredUntil: later(60_000), offeredSlots: 1 }),
    ],
    {
      monitor: process_(77),
      knownProjects: ['consilio', 'openhorizon'],
      vmState: {
        ...EMPTY_VM_STATE,
        cpuPercent: 57.3,
        memoryPercent: 91.2,
        loadAverage: 4.31,
        diskUsagePercent: 58,
        memoryAvailableBytes: 1_503_238_553,
        health: 'degraded',
        reason: 'memory 91.2% of "all"\n(limit 90%) \\',
        effectiveMaxSlots: 9,
        sampledAt: later(-1_500),
      },
      budgets: {
        workflows: [
          aWorkflow('night', {
            ended: { allocated: { ...nothing, tokens: 20_000 }, consumed: { ...nothing, tokens: 20_000 } },
          }),
          aWorkflow('free', { total: { tokens: null, timeMs: null, costMicroUsd: null }, reserve: nothing }),
        ],
        agents: [
          anAgent('consilio/auth', 'Night', {
            allocated: { tokens: 50_000, timeMs: 900_000, costMicroUsd: 2_500_000 },
            consumed: { tokens: 38_000, timeMs: 61_500, costMicroUsd: 1_234_567 },
            level: 'orange',
            reservations: [
              {
                id: 'r',
                amounts: { tokens: 2_000, timeMs: 0, costMicroUsd: 10_000 },
                holder: null,
                until: later(60_000),
              },
            ],
          }),
          anAgent('odin/api', 'free', {
            allocated: { tokens: 10_000, timeMs: null, costMicroUsd: null },
            consumed: { tokens: 10_500, timeMs: 0, costMicroUsd: 0 },
            level: 'black',
            stopped: { reason: 'it "loops"\nfor ever', at: NOW },
          }),
        ],
      },
    },
  ),
  environment: anEnvironment({ namedProjects: ['idle'] }),
  repairs: [],
  isDue: false,
});
