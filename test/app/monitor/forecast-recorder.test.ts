import { expect, it } from 'vitest';
import { ForecastRecorder } from '../../../src/app/monitor/forecast-recorder.ts';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import type { AgentBudget, Level } from '../../../src/core/model/budget.ts';
import type { KeptRecord } from '../../../src/core/model/record.ts';
import type { MonitorPorts } from '../../../src/ports/monitor.ts';
import { kept } from '../../helpers/history.ts';
import { anEnvironment, aState, NOW } from '../../helpers/state.ts';

it('records a forecast once for each mark that an agent passes, and reads the history only then', async () => {
  const records: KeptRecord[] = Array.from({ length: 12 }, (_, n) =>
    kept((n - 11) * 20, 'usage', { agent: 'odin/auth', tokens: 500 + 10 * n }),
  );
  let reads = 0;
  const history = {
    append: (...more: object[]) => records.push(...more.map((record) => ({ at: NOW, ...record }) as KeptRecord)),
  };
  const readHistory = async () => {
    reads += 1;
    return { each: (_: object, take: (record: KeptRecord) => void) => records.forEach(take) };
  };
  const recorder = new ForecastRecorder({ history, readHistory } as unknown as MonitorPorts);
  const look = (level: Level, tokens: number) => {
    const agent: AgentBudget = {
      ...newAgent('odin/auth', 'default', NOW),
      allocated: { tokens: 10_000, timeMs: null, costMicroUsd: null },
      consumed: { tokens, timeMs: 0, costMicroUsd: 0 },
      level,
    };
    const state = { ...aState(9), budgets: { workflows: [], agents: [agent] } };
    return recorder.consider({ state, environment: anEnvironment(), repairs: [], isDue: false });
  };
  const forecasts = () => records.filter(({ kind }) => kind === 'forecast');
  await look('green', 5_000);
  await look('green', 5_500);
  expect({ reads, kept: forecasts().length }).toEqual({ reads: 0, kept: 0 });
  await look('yellow', 6_660);
  expect(forecasts()).toMatchObject([{ agent: 'odin/auth', dimension: 'tokens', asked: 0.666, left: 3_340 }]);
  await look('yellow', 6_900);
  await look('orange', 7_600);
  await look('green', 2_000);
  await look('black', 10_000);
  expect({ reads, asked: forecasts().map(({ asked }) => asked) }).toEqual({ reads: 2, asked: [0.666, 0.76] });
});
