import type { ReportOutcome } from '../../core/budget/done.ts';
import type { Standing } from '../../core/budget/standing.ts';
import type { AgentBudget } from '../../core/model/budget.ts';
import type { CheckJson } from '../budget.ts';
import { checkJson } from '../budget.ts';

export interface ReportAnswer extends CheckJson {
  readonly duplicate: boolean;
  readonly reservation: { readonly id: string; readonly admitted: boolean } | null;
}

/** The answer to a usage report: where the agent stands, and what became of the report. */
export const usageReportJson = (
  agent: AgentBudget,
  standing: Standing,
  { isDuplicate, reservation }: ReportOutcome,
): ReportAnswer => ({
  ...checkJson(agent, standing),
  duplicate: isDuplicate,
  reservation: reservation === null ? null : { id: reservation.id, admitted: reservation.isAdmitted },
});
