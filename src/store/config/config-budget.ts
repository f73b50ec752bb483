/** The keys of config.yaml that say how budgets are enforced and who is told: budget, notify. */

import { budgetKey } from '../../core/model/budget.ts';
import { nearest } from '../../core/nearest.ts';
import type { NoticeName } from '../../core/notice.ts';
import { NOTICE_NAMES } from '../../core/notice.ts';
import type { BudgetSettings } from '../../core/settings/budget.ts';
import { DEFAULT_BUDGET } from '../../core/settings/budget.ts';
import type { NotifyRule } from '../../core/settings/settings.ts';
import type { Path } from '../document/shape.ts';
import { asList, asMap, asNumber, asText, optional, ShapeError } from '../document/shape.ts';
import { asBoolean, durationMs, percent, refuseUnknown } from './config-machine.ts';

const BUDGET_KEYS =
  'reserve_percent min_share_percent max_share_percent thresholds hysteresis throttle_rate degrade on_stop reservation_ttl idle_after auto_rebalance'.split(
    ' ',
  );
const COLOURS = ['yellow', 'orange', 'red', 'black'] as const;
/** Of `degrade`, for agents that are not named. */
const FOR_ALL = 'default';

function share(value: unknown, path: Path, most = 1): number {
  const number = asNumber(value, path);
  if (number < 0 || number > most) throw new ShapeError(path, `a number from 0 to ${most}`, value);
  return number;
}

function thresholds(value: unknown): BudgetSettings['thresholds'] {
  const path = ['budget', 'thresholds'];
  const map = optional(value, (item) => asMap(item, path)) ?? {};
  refuseUnknown(map, 'thresholds', COLOURS);
  const read = { ...DEFAULT_BUDGET.thresholds };
  let before = 0;
  for (const colour of COLOURS) {
    read[colour] = optional(map[colour], (item) => share(item, [...path, colour], 10)) ?? read[colour];
    if (read[colour] < before) throw new ShapeError([...path, colour], `a number from ${before} up`, map[colour]);
    before = read[colour];
  }
  return read;
}

function onStop(value: unknown): BudgetSettings['onStop'] {
  if (value === 'refuse' || value === 'kill') return value;
  throw new ShapeError(['budget', 'on_stop'], 'refuse or kill', value);
}

function degradeTexts(value: unknown): Pick<BudgetSettings, 'degradeText' | 'degradeTexts'> {
  const path = ['budget', 'degrade'];
  if (typeof value === 'string') return { degradeText: asText(value, path), degradeTexts: new Map() };
  const map = optional(value, (item) => asMap(item, path)) ?? {};
  const texts = Object.entries(map).map(([agent, text]) => [budgetKey(agent), asText(text, [...path, agent])] as const);
  const byAgent = new Map(texts);
  return { degradeText: byAgent.get(FOR_ALL) ?? DEFAULT_BUDGET.degradeText, degradeTexts: byAgent };
}

/** Throws ShapeError for a value of the wrong kind, and for a key that there is not. */
export function readBudgetSettings(value: unknown): BudgetSettings {
  const map = optional(value, (item) => asMap(item, ['budget'])) ?? {};
  refuseUnknown(map, 'budget', BUDGET_KEYS);
  const at = (key: string): Path => ['budget', key];
  const part = (key: string, fallback: number): number =>
    optional(map[key], (item) => percent(item, at(key)) / 100) ?? fallback;
  const duration = (key: string, fallback: number): number =>
    optional(map[key], (item) => durationMs(item, at(key))) ?? fallback;
  const throttleRate =
    optional(map.throttle_rate, (item) => share(item, at('throttle_rate'))) ?? DEFAULT_BUDGET.throttleRate;
  if (throttleRate === 0) throw new ShapeError(at('throttle_rate'), 'a number above 0 up to 1', map.throttle_rate);
  return {
    reserveShare: part('reserve_percent', DEFAULT_BUDGET.reserveShare),
    minShare: part('min_share_percent', DEFAULT_BUDGET.minShare),
    maxShare: part('max_share_percent', DEFAULT_BUDGET.maxShare),
    thresholds: thresholds(map.thresholds),
    hysteresis: optional(map.hysteresis, (item) => share(item, at('hysteresis'))) ?? DEFAULT_BUDGET.hysteresis,
    throttleRate,
    ...degradeTexts(map.degrade),
    onStop: optional(map.on_stop, onStop) ?? DEFAULT_BUDGET.onStop,
    reservationTtlMs: duration('reservation_ttl', DEFAULT_BUDGET.reservationTtlMs),
    idleAfterMs: duration('idle_after', DEFAULT_BUDGET.idleAfterMs),
    autoRebalance: optional(map.auto_rebalance, (item) => asBoolean(item, at('auto_rebalance'))) ?? false,
  };
}

function noticeName(value: unknown, path: Path): NoticeName {
  const name = NOTICE_NAMES.find((known) => known === value);
  if (name !== undefined) return name;
  const meant = nearest(String(value), NOTICE_NAMES);
  throw new ShapeError(path, meant === null ? `one of ${NOTICE_NAMES.join(', ')}` : `${meant}, perhaps`, value);
}

export const readNotify = (value: unknown): readonly NotifyRule[] =>
  asList(value, ['notify']).map((item, n) => {
    const path: Path = ['notify', n];
    const map = asMap(item, path);
    const on = typeof map.on === 'string' ? [map.on] : asList(map.on, [...path, 'on']);
    return {
      on: on.map((name, at) => noticeName(name, [...path, 'on', at])),
      command: asText(map.command, [...path, 'command']),
    };
  });
