/** Screens of history, report, forecast, efficiency and simulation. */
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../src/core/budget/allocate.ts';
import { totalsOf } from '../../src/core/budget/totals.ts';
import { backtest } from '../../src/core/forecast/backtest.ts';
import { predictions } from '../../src/core/forecast/prediction.ts';
import { TrackRecord } from '../../src/core/forecast/track-record.ts';
import type { AgentBudget } from '../../src/core/model/budget.ts';
import { efficiencyOf, reportOf } from '../../src/core/report/report.ts';
import { Series } from '../../src/core/report/series.ts';
import { Tally } from '../../src/core/report/tally.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings/settings.ts';
import { PastRequests } from '../../src/core/simulate/requests.ts';
import { simulate } from '../../src/core/simulate/simulate.ts';
import { efficiencyText } from '../../src/render/efficiency.ts';
import { backtestText, forecastText } from '../../src/render/forecast.ts';
import { historyText } from '../../src/render/history/history.ts';
import { csvHead, csvRow, recordWords } from '../../src/render/history/record.ts';
import { reportText } from '../../src/render/report.ts';
import { simulationText } from '../../src/render/simulate.ts';
import { inOrder, kept, served } from '../helpers/history.ts';
import { aState, later, NOW } from '../helpers/state.ts';
import { STYLES } from '../helpers/styles.ts';

const HOUR = 3600;

/** Four hours of three projects on eight slots, ending now. */
const records = inOrder([
  ...Array.from({ length: 8 }, (_, n) => served(-4 * HOUR + n * 1700, 'consilio', 3, n * 20, 1500)).flat(),
  ...Array.from({ length: 20 }, (_, n) => served(-4 * HOUR + n * 650, 'odin', 2, 0, 600)).flat(),
  ...served(-3 * HOUR, 'openhorizon', 4, 400, 2000),
  ...Array.from({ length: 30 }, (_, n) =>
    kept(-1200 + n * 40, 'usage', {
      ...{ agent: 'consilio/auth', workflow: 'nightly', tokens: 2000 + n * 300, cost: 0.02 },
      ...(n === 29 ? { progress: 55 } : {}),
    }),
  ),
  ...Array.from({ length: 48 }, (_, n) =>
    kept(-4 * HOUR + n * 300, 'sample', { cpu_percent: 30 + (n % 9) * 7, memory_percent: 50 + n / 2, load_average: 3 }),
  ),
  kept(-500, 'reclaimed', { project: 'odin', lease: 'L9999', slots: 1, why: 'holder-gone' }),
  kept(-400, 'health', { from: 'healthy', to: 'degraded', reason: 'memory 91% of 90%' }),
]);
const auth: AgentBudget = {
  ...newAgent('consilio/auth', 'nightly', NOW),
  allocated: { tokens: 300_000, timeMs: null, costMicroUsd: 2_000_000 },
  consumed: { tokens: 190_500, timeMs: 0, costMicroUsd: 600_000 },
  level: 'yellow',
  progress: 55,
};
const state = { ...aState(8), budgets: { workflows: [], agents: [auth] } };
const since = later(-4 * HOUR * 1000);
const span = { since, until: NOW };

function look() {
  const tally = new Tally(DEFAULT_SETTINGS, 8, span);
  const series = new Series(8, since, NOW, 40);
  const track = new TrackRecord();
  for (const record of records) {
    tally.take(record);
    series.take(record);
    track.take(record);
  }
  tally.close();
  return { tally, series, track };
}

const golden = (name: string, text: string) => expect(`${text}\n`).toMatchFileSnapshot(`../golden/${name}.txt`);

describe.each([60, 80, 120])('at %i columns', (width) => {
  it.each(Object.entries(STYLES))('history and report, %s', async (style, styles) => {
    const { tally, series, track } = look();
    const projects = [...tally.projects.values()];
    const view = {
      ...span,
      points: series.points(),
      end: series.end(),
      projects,
      records: records.slice(-9),
      count: records.length,
    };
    await golden(`history-${width}-${style}`, historyText(view, styles, width));
    const report = reportOf({
      settings: DEFAULT_SETTINGS.budget,
      state,
      workflow: null,
      tally,
      score: track.score(null),
      idle: new Set(),
    });
    await golden(`report-${width}-${style}`, reportText(report, since, NOW, styles, width));
  });
});

it.each(Object.entries(STYLES))('forecast, backtest, efficiency, simulation, %s', async (style, styles) => {
  const { tally, track } = look();
  const found = predictions(auth, totalsOf(state.budgets, 'nightly'), track, NOW);
  await golden(`forecast-${style}`, forecastText(auth, found, track, NOW, styles));
  const run = track.spends('consilio/auth', 'tokens');
  await golden(`backtest-${style}`, backtestText(1, [{ dimension: 'tokens', points: backtest([run]) }], styles));
  await golden(`efficiency-${style}`, efficiencyText(efficiencyOf(auth, tally), styles));
  const past = new PastRequests();
  for (const record of records) past.take(record);
  const requests = past.all();
  const variants = (['fifo', 'fair-share'] as const).map((strategy, at) => ({
    strategy,
    maxSlots: 8,
    isCurrent: at === 0,
    result: simulate(requests, { ...DEFAULT_SETTINGS, strategy, slotMemoryBytes: 0 }, 8),
  }));
  await golden(`simulate-${style}`, simulationText({ ...span, requests: requests.length, variants }, styles));
});

it('a forecast for a moment already past says that the budget ends any moment now', () => {
  const track = new TrackRecord();
  for (let n = 0; n < 8; n += 1)
    track.take({ ...kept(0, 'usage', { agent: 'a', tokens: 100 }), at: (NOW - 70 + 10 * n) as never });
  const agent: AgentBudget = {
    ...newAgent('a', 'default', NOW),
    allocated: { tokens: 900, timeMs: null, costMicroUsd: null },
    consumed: { tokens: 800, timeMs: 0, costMicroUsd: 0 },
  };
  const found = predictions(agent, totalsOf({ workflows: [], agents: [agent] }, 'default'), track, NOW);
  const text = forecastText(agent, found, track, NOW, STYLES.plain);
  expect(text).toContain('tokens: used up any moment now, after 1 more call (89% used, 100 tokens left)');
  expect(text).not.toContain('between');
});

it('an empty history has a screen of its own', async () => {
  const series = new Series(8, since, NOW, 10);
  const empty = { ...span, points: series.points(), end: series.end(), projects: [], records: [], count: 0 };
  await golden('history-empty', historyText(empty, STYLES.emoji, 80));
});

it('no record of the history is more than four columns wider than the screen', () => {
  const { tally, series } = look();
  const view = {
    ...span,
    points: series.points(),
    end: series.end(),
    projects: [...tally.projects.values()],
    records,
    count: records.length,
  };
  for (const width of [60, 80, 120])
    for (const line of historyText(view, STYLES.plain, width).split('\n').slice(8))
      expect(line.length).toBeLessThanOrEqual(width + 4);
});

describe('a record', () => {
  it('is shown without control characters', () => {
    expect(recordWords(kept(0, 'ending', { lease: 'L1', why: 'a\u001b[31mred\u0007\nnew' }))).toBe(
      'L1 is being ended: a?[31mred??new',
    );
    expect(recordWords(kept(0, 'unheard-of', { more: '\u001b]0;x' }))).not.toContain('\u001b');
  });

  it('is a row that a spreadsheet reads unchanged, and never as a formula', () => {
    const row = csvRow(kept(0, 'budget-stopped', { agent: 'a', reason: '=HYPERLINK("x"),\n"two"', extra: 1 }));
    expect(row).toBe(
      `2026-11-21T10:00:00.000Z,budget-stopped,,a,,,,,,,,,,,,"'=HYPERLINK(""x""),\n""two""","{""extra"":1}"`,
    );
    expect(row.split(',').length).toBeGreaterThanOrEqual(csvHead.split(',').length);
  });
});
