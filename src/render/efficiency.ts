/** GetEfficiency as JSON and as a screen. */

import { DIMENSIONS } from '../core/model/budget.ts';
import type { Efficiency } from '../core/report/report.ts';
import type { Styles } from '../ports/styles.ts';
import { amountsJson, round, rounded } from './json/json-values.ts';
import { amountText, DIMENSION_WORDS } from './text/amounts.ts';
import { plural } from './text/counts.ts';
import { durationWords } from './text/duration.ts';
import { mark } from './text/styles.ts';

export type EfficiencyJson = Readonly<ReturnType<typeof efficiencyJson>>;

export function efficiencyJson(efficiency: Efficiency) {
  const { used, perProgress } = efficiency;
  return {
    schema_version: 1 as const,
    agent: efficiency.agent.agent,
    used: { tokens: rounded(used.tokens), time_seconds: rounded(used.timeMs), cost: rounded(used.costMicroUsd) },
    per_percent_of_progress: perProgress === null ? null : amountsJson(perProgress),
    idle_share: rounded(efficiency.idleShare),
    reports: efficiency.reports,
    grants: efficiency.grants,
    waits_suffered_seconds: round(efficiency.waitsSufferedSeconds),
    waits_caused_seconds: round(efficiency.waitsCausedSeconds),
  };
}

export function efficiencyText(efficiency: Efficiency, styles: Styles): string {
  const { agent, used, perProgress, idleShare, grants } = efficiency;
  const shares = DIMENSIONS.flatMap((dimension) => {
    const share = used[dimension];
    return share === null ? [] : [`${Math.round(share * 100)}% of its ${DIMENSION_WORDS[dimension]}`];
  });
  const per =
    perProgress === null
      ? 'unknown: no progress was reported'
      : DIMENSIONS.filter((dimension) => perProgress[dimension] > 0)
          .map((dimension) => amountText(dimension, Math.round(perProgress[dimension])))
          .join(', ');
  const slotMinutes = Math.round(efficiency.waitsCausedSeconds / 6) / 10;
  return [
    `${mark(styles, '⚙️ ', '')}${styles.bold(agent.agent)}`,
    `   used:            ${shares.length === 0 ? 'its budget has no limit' : shares.join(', ')}`,
    `   per 1% done:    ${per}`,
    `   idle:            ${idleShare === null ? 'unknown' : `${Math.round(idleShare * 100)}% of the time since the first report of its run`}`,
    `   waits suffered:  ${grants === 0 ? 'none recorded' : `${durationWords(efficiency.waitsSufferedSeconds)} on average over ${plural(grants, 'grant')}`}`,
    `   waits caused:    ${slotMinutes} slot-minutes of other projects`,
  ].join('\n');
}
