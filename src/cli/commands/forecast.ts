import { knownAgent } from '../../app/budgets.ts';
import { trackRecordOf } from '../../app/look-back.ts';
import { totalsOf } from '../../core/budget/totals.ts';
import { backtest } from '../../core/forecast/backtest.ts';
import { predictions } from '../../core/forecast/prediction.ts';
import type { Instant } from '../../core/model/instants.ts';
import { EXIT } from '../../errors.ts';
import type { OpenHistory, ReadHistory, ReadRuns, RecordedRun } from '../../ports/history.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { Backtested } from '../../render/forecast.ts';
import { backtestJson, backtestText, forecastJson, forecastRecords, forecastText } from '../../render/forecast.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    "Says when the budget of an agent is probably used up, with an interval, and whether the budget is enough. The forecast comes from the agent's own reports. --backtest judges the method on recorded runs.",
  examples: [
    ['resource-manager forecast consilio/auth', 'one agent, from its reports'],
    ['resource-manager forecast --backtest runs/', 'how good the forecasts are on recorded runs'],
  ],
  operands: [{ name: 'AGENT', required: false, help: 'PROJECT/NAME or a bare name' }],
  options: [
    { name: 'backtest', value: 'FOLDER', help: 'forecast the recorded runs (*.jsonl) of this folder and compare' },
  ],
};

function tested(runs: readonly RecordedRun[]): Backtested[] {
  return (['tokens', 'costMicroUsd'] as const).flatMap((dimension) => {
    const spends = runs.map(({ calls }) =>
      calls.map((call) => ({ at: call.atMs as Instant, amount: call[dimension] })),
    );
    const spending = spends.filter((run) => run.length > 1 && run.some(({ amount }) => amount > 0));
    return spending.length === 0 ? [] : [{ dimension, points: backtest(spending) }];
  });
}

export const run: RunCommand<ReadRuns & OpenStore & ReadHistory & OpenHistory> = async (invocation, ports) => {
  const [named] = invocation.operands;
  const folder = invocation.options.get('backtest');
  if (folder !== undefined) {
    if (named !== undefined)
      throw usageError('--backtest forecasts recorded runs, not an agent', 'leave the agent out');
    const runs = await ports.readRuns(folder);
    const results = tested(runs);
    invocation.answer({
      json: () => backtestJson(runs.length, results),
      text: () => backtestText(runs.length, results, invocation.out.styles),
    });
    return EXIT.ok;
  }
  if (named === undefined)
    throw usageError('forecast needs an agent', 'list them with: resource-manager budget status');
  const name = agentName(named);
  const store = await ports.openStore();
  const snapshot = await store.read();
  const { state } = snapshot;
  const { now } = snapshot.environment;
  const agent = knownAgent(snapshot, name);
  const track = trackRecordOf(await ports.readHistory(), [agent], now);
  const found = predictions(agent, totalsOf(state.budgets, agent.workflow), track, now);
  invocation.answer({
    json: () => forecastJson(agent, found, track),
    text: () => forecastText(agent, found, track, now, invocation.out.styles),
  });
  const kept = forecastRecords(agent, found, track);
  if (kept.length > 0) (await ports.openHistory()).append(...kept);
  return EXIT.ok;
};
