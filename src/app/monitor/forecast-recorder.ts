/**
 * Records a forecast when a budget reaches a higher colour, so that forecasts can be judged later. It reads the history
 * only then.
 */

import { rankOf } from '../../core/budget/level.ts';
import { totalsOf } from '../../core/budget/totals.ts';
import { predictions } from '../../core/forecast/prediction.ts';
import { type AgentBudget, budgetKey, type Level } from '../../core/model/budget.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { forecastRecords } from '../../render/forecast.ts';
import { trackRecordOf } from '../look-back.ts';

export class ForecastRecorder {
  readonly #parts: MonitorPorts;
  /** Colours at the last look; null before the first. */
  #levels: ReadonlyMap<string, Level> | null = null;

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  async consider({ state, environment }: Snapshot): Promise<void> {
    const before = this.#levels;
    const { agents } = state.budgets;
    this.#levels = new Map(agents.map(({ agent, level }) => [budgetKey(agent), level]));
    if (before === null) return;
    const passed = agents.filter(({ agent, level }) => {
      const last = before.get(budgetKey(agent)) ?? 'green';
      return level !== 'black' && rankOf(level) > rankOf(last);
    });
    if (passed.length === 0) return;
    const track = trackRecordOf(await this.#parts.readHistory(), passed, environment.now);
    const kept = passed.flatMap((agent: AgentBudget) =>
      forecastRecords(
        agent,
        predictions(agent, totalsOf(state.budgets, agent.workflow), track, environment.now),
        track,
      ),
    );
    if (kept.length > 0) this.#parts.history.append(...kept);
  }
}
