/** `report --html`: collects the series of the charts, and writes the page to its file or to standard output. */

import type { AlsoLooking, LookedBack } from '../app/look-back.ts';
import { budgetKey } from '../core/model/budget.ts';
import { textIn } from '../core/model/record.ts';
import type { Report } from '../core/report/report.ts';
import { Series } from '../core/report/series.ts';
import type { OpenPageFiles } from '../ports/files.ts';
import type { Styles } from '../ports/styles.ts';
import { pageText } from '../render/page/page.ts';
import { mark } from '../render/text/styles.ts';
import { VERSION } from '../version.ts';

/** Points of a chart; more cannot be distinguished on a narrow screen. */
const STEPS = 120;

export interface ReportPage {
  readonly watch: AlsoLooking;
  /** Writes the page. Returns the answer: a confirmation, or the page itself for the file `-`. */
  put(report: Report, looked: LookedBack): string;
}

export async function openReportPage(
  { openPageFiles }: OpenPageFiles,
  styles: Styles,
  file: string,
  workflow: string | null,
): Promise<ReportPage> {
  const files = await openPageFiles();
  const isMeant = (name: string): boolean => workflow === null || budgetKey(name) === budgetKey(workflow);
  let series: Series | null = null;
  return {
    watch({ state, since, until }) {
      const taking = new Series(state.maxSlots, since, until, STEPS);
      series = taking;
      return (record) => {
        if (record.kind !== 'usage' || isMeant(textIn(record, 'workflow') ?? 'default')) taking.take(record);
      };
    },
    put(report, { state, since, until }) {
      const page = pageText(
        {
          report,
          budgets: state.budgets.agents.filter((agent) => isMeant(agent.workflow)),
          points: series?.points() ?? [],
          capacity: series?.end().capacity ?? null,
          since,
          until,
          version: VERSION,
        },
        files.script(),
      );
      if (file === '-') return page;
      const bytes = files.write(file, `${page}\n`);
      return `${mark(styles, '✅', '')}Wrote ${file} (${Math.ceil(bytes / 1024)} KB)`;
    },
  };
}
