/** An audit as text and as JSON. */

import type { Instant } from '../core/model/instants.ts';
import { PUBLISHED, published } from '../core/model/published.ts';
import type { AuditSettings } from '../core/settings/usage.ts';
import { type AuditedAgent, type Cause, hasMismatch, type Line } from '../core/usage/audit.ts';
import type { Styles } from '../ports/styles.ts';
import { iso, rounded } from './json/json-values.ts';
import { amountText, DIMENSION_WORDS } from './text/amounts.ts';
import { plural } from './text/counts.ts';
import { mark } from './text/styles.ts';
import { unknownLines, unreadLines } from './transcripts.ts';

/** Consequence of the audit for an agent. */
export type Done = 'none' | 'warned' | 'corrected' | 'stopped';

export interface AuditShown {
  readonly agents: readonly (AuditedAgent & { readonly done: Done })[];
  readonly since: Instant;
  readonly until: Instant;
  readonly settings: AuditSettings;
  readonly files: number;
  readonly unparsed: number;
  readonly unreadable: readonly string[];
}

const CAUSES: Readonly<Record<Cause, string>> = {
  'nothing-reported': 'it reported nothing',
  'reported-twice': 'it seems to report everything twice',
  'subagents-not-counted': 'usage of its subagents seems to be missing',
  'cache-not-counted': 'cache reads and writes seem to be missing',
  'output-not-counted': 'only the first part of each streamed answer seems to be counted',
  'unknown-model': 'its model has no known price',
  'less-reported': 'part of the usage was not reported',
  'more-reported': 'the reports exceed the transcripts',
};

const DONE: Readonly<Record<Done, string>> = {
  none: '',
  warned: '',
  corrected: '   corrected: the missing usage is counted now',
  stopped: '   stopped',
};

function lineText({ dimension, observed, reported, verdict, cause, ratio }: Line): string {
  const amounts = `${DIMENSION_WORDS[dimension]}: ${amountText(dimension, reported)} reported`;
  if (verdict === 'unseen') return `   ${amounts}, not found in any transcript`;
  const beside = `${amounts}, ${amountText(dimension, observed)} in transcripts`;
  if (verdict === 'unreported') return `   ${beside}: it does not report this dimension`;
  if (verdict === 'unbudgeted') return `   ${beside}: it has no budget`;
  const share = ratio === null ? '' : ` (${Math.round(ratio * 100)}%)`;
  return `   ${beside}${share}${cause === null ? '' : `: ${CAUSES[cause]}`}`;
}

export function auditText({ agents, settings, files, unparsed, unreadable }: AuditShown, styles: Styles): string {
  const shown = agents.flatMap((one) => {
    const isOff = hasMismatch(one);
    const judged = one.lines.some(({ verdict }) => verdict === 'agrees');
    const sign = isOff ? mark(styles, '❌', 'MISMATCH ') : judged ? mark(styles, '✅', 'ok ') : mark(styles, '▫️ ', '');
    return [
      `${sign}${styles.bold(one.agent)}`,
      ...one.lines.map(lineText),
      ...unknownLines(one.unknownModels),
      ...(DONE[one.done] === '' ? [] : [DONE[one.done]]),
    ];
  });
  const off = agents.filter(hasMismatch).length;
  const transcripts = plural(files, 'transcript');
  return [
    ...shown,
    ...unreadLines({ unparsed, unreadable }),
    agents.length === 0
      ? `Nothing to compare in ${transcripts}`
      : `${off === 0 ? 'No mismatch' : `${off} of ${plural(agents.length, 'agent')} do not agree`} beyond ${settings.tolerancePercent}% and ${settings.toleranceTokens} tokens, in ${transcripts}`,
  ].join('\n');
}

export const auditJson = ({ agents, since, until, settings, files, unparsed, unreadable }: AuditShown) => ({
  schema_version: 1,
  since: iso(since),
  until: iso(until),
  tolerance_percent: settings.tolerancePercent,
  tolerance_tokens: settings.toleranceTokens,
  on_mismatch: settings.onMismatch,
  mismatches: agents.filter(hasMismatch).length,
  transcripts: { files, unparsed_lines: unparsed, unreadable: unreadable.length },
  agents: agents.map(({ agent, responses, unknownModels, lines, done }) => ({
    agent,
    responses,
    unknown_models: unknownModels,
    consequence: done,
    dimensions: lines.map(({ dimension, observed, reported, ratio, verdict, cause }) => ({
      dimension: PUBLISHED[dimension].name,
      observed: published(dimension, observed),
      reported: published(dimension, reported),
      difference: published(dimension, observed - reported),
      ratio: rounded(ratio),
      verdict,
      cause,
    })),
  })),
});
