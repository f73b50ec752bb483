/** The findings of doctor, one line each, with the fix below. */

import type { Finding, FindingLevel } from '../core/doctor/diagnose.ts';
import type { Styles } from '../ports/styles.ts';
import { plural } from './text/counts.ts';
import { mark } from './text/styles.ts';

export interface FindingResult extends Finding {
  readonly isFixed: boolean;
}

const MARKS: Readonly<Record<FindingLevel, readonly [emoji: string, word: string]>> = {
  ok: ['✅', 'ok'],
  info: ['ℹ️ ', 'info'],
  warn: ['⚠️ ', 'warning'],
  fault: ['❌', 'fault'],
};

const FIXED = ['✅', 'fixed'] as const;

const countOf = (findings: readonly FindingResult[], level: FindingLevel): number =>
  findings.filter((finding) => finding.level === level && !finding.isFixed).length;

export function doctorText(findings: readonly FindingResult[], styles: Styles): string {
  const lines = findings.flatMap(({ id, level, summary, fix, isFixed }) => {
    const [emoji, word] = isFixed ? FIXED : MARKS[level];
    const head = `${mark(styles, emoji, word.padEnd(7))}${styles.bold(id)}: ${isFixed ? styles.good('fixed: ') : ''}${summary}`;
    return fix === null || isFixed ? [head] : [head, `   fix: ${fix}`];
  });
  const total = `${plural(countOf(findings, 'fault'), 'fault')}, ${plural(countOf(findings, 'warn'), 'warning')}`;
  return [...lines, '', total].join('\n');
}

export const doctorJson = (findings: readonly FindingResult[]) => ({
  schema_version: 1,
  findings: findings.map(({ id, level, summary, fix, isFixable, isFixed }) => ({
    id,
    level,
    summary,
    fix,
    fixable: isFixable,
    fixed: isFixed,
  })),
  faults: countOf(findings, 'fault'),
  warnings: countOf(findings, 'warn'),
});
