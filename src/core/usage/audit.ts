/**
 * Compares reported usage with the usage in transcripts. Every difference above the tolerance gets a likely cause, guessed
 * by leaving out of the total what counters often leave out.
 */
import type { AuditSettings } from '../settings/usage.ts';
import type { Observed } from './observed.ts';

export const AUDITED = ['tokens', 'costMicroUsd'] as const;
export type Audited = (typeof AUDITED)[number];

/** Sums of an agent's own reports. */
export interface Reported {
  readonly agent: string;
  readonly tokens: number;
  readonly costMicroUsd: number;
  /** Dimensions in which its budget has a limit. */
  readonly limited: ReadonlySet<Audited>;
}

/** `unseen`: in no transcript. `unbudgeted`: no budget and no reports. `unreported`: the agent never reports this dimension. */
export type Verdict = 'agrees' | 'mismatch' | 'unseen' | 'unbudgeted' | 'unreported';

export type Cause =
  | 'nothing-reported'
  | 'reported-twice'
  | 'subagents-not-counted'
  | 'cache-not-counted'
  | 'output-not-counted'
  | 'unknown-model'
  | 'less-reported'
  | 'more-reported';

export interface Line {
  readonly dimension: Audited;
  readonly observed: number;
  readonly reported: number;
  /** Reported ÷ observed; null where nothing was observed. */
  readonly ratio: number | null;
  readonly verdict: Verdict;
  readonly cause: Cause | null;
}

export interface AuditedAgent {
  readonly agent: string;
  readonly responses: number;
  readonly unknownModels: readonly string[];
  readonly lines: readonly Line[];
}

const NOT_SEEN: Pick<Observed, 'responses' | 'total'> = { responses: 0, total: { tokens: 0, costMicroUsd: 0 } };

/** Largest tolerated difference; for money, tokens are converted at this agent's average cost per token. */
function toleranceOf(seen: Observed, dimension: Audited, { tolerancePercent, toleranceTokens }: AuditSettings): number {
  const { tokens, costMicroUsd } = seen.total;
  const flat = dimension === 'tokens' ? toleranceTokens : tokens === 0 ? 0 : (toleranceTokens * costMicroUsd) / tokens;
  return Math.max((seen.total[dimension] * tolerancePercent) / 100, flat);
}

function causeOf(seen: Observed, reported: number, dimension: Audited, tolerance: number): Cause {
  const total = seen.total[dimension];
  const isAbout = (figure: number): boolean => Math.abs(reported - figure) <= Math.min(tolerance, total / 10);
  if (reported === 0) return 'nothing-reported';
  if (dimension === 'costMicroUsd' && Math.abs(total - reported) <= seen.estimatedMicroUsd) return 'unknown-model';
  if (reported > total) return isAbout(2 * total) ? 'reported-twice' : 'more-reported';
  if (seen.nested[dimension] > 0 && isAbout(total - seen.nested[dimension])) return 'subagents-not-counted';
  if (seen.cached[dimension] > 0 && isAbout(total - seen.cached[dimension])) return 'cache-not-counted';
  if (isAbout(total - seen.output[dimension])) return 'output-not-counted';
  return 'less-reported';
}

function lineOf(seen: Observed | null, reports: Reported | null, dimension: Audited, settings: AuditSettings): Line {
  const observed = (seen ?? NOT_SEEN).total[dimension];
  const reported = reports?.[dimension] ?? 0;
  const ratio = observed === 0 ? null : reported / observed;
  const line = { dimension, observed, reported, ratio, cause: null };
  if (seen === null) return { ...line, verdict: 'unseen' };
  if (reports === null) return { ...line, verdict: 'unbudgeted' };
  const isHabit = reported > 0 || reports.limited.has(dimension) || AUDITED.every((other) => reports[other] === 0);
  if (!isHabit) return { ...line, verdict: 'unreported' };
  const tolerance = toleranceOf(seen, dimension, settings);
  if (Math.abs(observed - reported) <= tolerance) return { ...line, verdict: 'agrees' };
  return { ...line, verdict: 'mismatch', cause: causeOf(seen, reported, dimension, tolerance) };
}

/** Audits an agent that has transcripts, reports or both. */
export function auditOf(seen: Observed | null, reports: Reported | null, settings: AuditSettings): AuditedAgent {
  return {
    agent: reports?.agent ?? seen?.agent ?? '',
    responses: seen?.responses ?? 0,
    unknownModels: [...(seen?.unknownModels ?? [])].sort(),
    lines: AUDITED.map((dimension) => lineOf(seen, reports, dimension, settings)),
  };
}

export const hasMismatch = ({ lines }: AuditedAgent): boolean => lines.some(({ verdict }) => verdict === 'mismatch');

/** Observed usage that is missing from the reports, 0 or more: an excess is not corrected. */
export function missing({ lines }: AuditedAgent): { readonly tokens: number; readonly costMicroUsd: number } {
  const shortfall = (dimension: Audited): number => {
    const line = lines.find((other) => other.dimension === dimension && other.verdict === 'mismatch');
    return line === undefined ? 0 : Math.max(0, line.observed - line.reported);
  };
  return { tokens: shortfall('tokens'), costMicroUsd: shortfall('costMicroUsd') };
}
