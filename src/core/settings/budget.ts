/** `budget:` of config.yaml: the enforcement of budgets. Settings hold shares from 0 to 1. */
import { budgetKey } from '../model/budget.ts';
import { asMap, asText, type Path, ShapeError } from '../shape.ts';
import { duration, flag, type Kind, share, shareAboveZero, shareInPercent, words } from './kinds.ts';
import { row, type SectionRow, type Values } from './rows.ts';

/** Key of the text for agents without one of their own. */
const EVERY_AGENT = 'default';
const DEGRADE_TEXT = 'use a cheaper model, shorter answers and no new subagents';

/** Texts by `budgetKey` of an agent. */
const degradeTexts: Kind<ReadonlyMap<string, string>> = {
  name: 'text, or a map of texts by agent',
  below: 'AGENT',
  read(value, path) {
    if (typeof value === 'string') return new Map([[EVERY_AGENT, asText(value, path)]]);
    const texts = Object.entries(asMap(value, path)).map(
      ([agent, text]) => [budgetKey(agent), asText(text, [...path, agent])] as const,
    );
    return new Map(texts);
  },
};

const THRESHOLDS = {
  yellow: row(
    'yellow',
    share(10),
    0.6,
    'Share used (1 is the whole budget) from which an agent is yellow and is warned.',
  ),
  orange: row('orange', share(10), 0.75, 'From this share on it is orange and is throttled.'),
  red: row('red', share(10), 0.9, 'From this share on it is red and is asked to work more cheaply.'),
  black: row('black', share(10), 1, 'From this share on it is black and is stopped.'),
};

function refuseDescending(thresholds: Values<typeof THRESHOLDS>, path: Path): void {
  let before = 0;
  for (const [colour, from] of Object.entries(thresholds)) {
    if (from < before) throw new ShapeError([...path, colour], `a number from ${before} up`, from);
    before = from;
  }
}

const thresholds: SectionRow<typeof THRESHOLDS> = { key: 'thresholds', rows: THRESHOLDS, check: refuseDescending };

export const BUDGET = {
  reserveShare: row(
    'reserve_percent',
    shareInPercent,
    10,
    "Part of a workflow's total that is kept back for critical agents.",
  ),
  minShare: row(
    'min_share_percent',
    shareInPercent,
    5,
    'Rebalancing leaves an idle agent at least this part of an equal share.',
  ),
  maxShare: row(
    'max_share_percent',
    shareInPercent,
    50,
    'No agent but a critical one borrows beyond this part of the total that its workflow may allocate.',
  ),
  thresholds,
  hysteresis: row(
    'hysteresis',
    share(1),
    0.05,
    'A colour is left when the share used is this far below its threshold. Black is left at once.',
  ),
  throttleRate: row('throttle_rate', shareAboveZero, 0.5, 'Pace of a throttled agent, as a part of its own.'),
  degrade: row('degrade', degradeTexts, DEGRADE_TEXT, 'Text that asks a red agent to work more cheaply.'),
  onStop: row(
    'on_stop',
    words(['refuse', 'kill']),
    'refuse',
    'Effect of a stop by the budget on an agent of `run`: `refuse` only refuses, `kill` also ends its processes.',
  ),
  reservationTtlMs: row('reservation_ttl', duration, '10m', 'A reservation without a report ends after this long.'),
  idleAfterMs: row(
    'idle_after',
    duration,
    '10m',
    'An agent without a report for this long is idle: rebalancing may take back its unused budget.',
  ),
  autoRebalance: row('auto_rebalance', flag, false, 'The monitor rebalances budgets by itself.'),
};
export type BudgetSettings = Values<typeof BUDGET>;

/** The text that asks a degraded agent to work more cheaply. */
export const degradeTextOf = ({ degrade }: BudgetSettings, agent: string): string =>
  degrade.get(budgetKey(agent)) ?? degrade.get(EVERY_AGENT) ?? DEGRADE_TEXT;
