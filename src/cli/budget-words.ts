/** Parses the words of the budget commands: amounts of each dimension, agents, weights, renewals. */
import { parseCost, parseDuration, parseTokens } from '../core/amounts.ts';
import { NOTHING } from '../core/budget/amounts.ts';
import { isZoneName, type LocalZone } from '../core/budget/local-zone.ts';
import type { PartialUsage, Renewal } from '../core/budget/orders.ts';
import { isCalendar, parsePeriod } from '../core/budget/window.ts';
import { BUDGET_PRIORITIES, type BudgetPriority, isBudgetName, type Usage } from '../core/model/budget.ts';
import type { OptionSpec } from './command.ts';
import type { Invocation } from './invocation.ts';
import { oneOf, quoted, readAs, usageError, writeLike } from './values.ts';

export const AMOUNT_OPTIONS: readonly OptionSpec[] = [
  { name: 'tokens', value: 'TOKENS', help: 'number of tokens, like 450, 50k or 1.5M' },
  { name: 'time', value: 'DURATION', help: 'amount of time, like 2.3s, 15m or 2h' },
  { name: 'cost', value: 'DOLLARS', help: 'cost in US dollars, like 5.00' },
];

const tokens = (what: string, text: string): number =>
  readAs(parseTokens, what, text, 'a number of tokens', '450, 50k or 1.5M');

const timeMs = (what: string, text: string): number =>
  text === '0' ? 0 : readAs(parseDuration, what, text, 'a duration', '2.3s, 15m or 2h');

const cost = (what: string, text: string): number => readAs(parseCost, what, text, 'US dollars', '5.00');

/** The amounts that these options name; other dimensions are absent. */
export function budgetAmounts(invocation: Invocation, ofTokens: string, ofTime: string, ofCost: string): PartialUsage {
  const count = invocation.option(ofTokens, (text) => tokens(`--${ofTokens}`, text));
  const ms = invocation.option(ofTime, (text) => timeMs(`--${ofTime}`, text));
  const micro = invocation.option(ofCost, (text) => cost(`--${ofCost}`, text));
  return {
    ...(count === null ? {} : { tokens: count }),
    ...(ms === null ? {} : { timeMs: ms }),
    ...(micro === null ? {} : { costMicroUsd: micro }),
  };
}

export const namedAmounts = (invocation: Invocation): PartialUsage =>
  budgetAmounts(invocation, 'tokens', 'time', 'cost');

export const isEmptyAmount = (named: PartialUsage): boolean => Object.keys(named).length === 0;

export function someAmounts(invocation: Invocation, what: string): PartialUsage {
  const named = namedAmounts(invocation);
  if (isEmptyAmount(named))
    throw usageError(`${what} needs an amount`, 'give at least one of --tokens, --time, --cost');
  return named;
}

const RESERVE_FORMS = '5k, or tokens=5k,cost=0.10,time=30s';

/** `--reserve 5k`, `--reserve tokens=5k,cost=0.10,time=30s`; in a list each part names its dimension, once. */
export function reserveAmounts(text: string): Usage {
  const usage: { -readonly [K in keyof Usage]: number } = { ...NOTHING };
  const parts = text.split(',').map((part) => part.split('=', 2) as [string, string | undefined]);
  const named = parts.map(([key, value]) => (value === undefined ? null : key));
  if (parts.length > 1 && (named.includes(null) || new Set(named).size < parts.length))
    throw usageError(`--reserve cannot read ${quoted(text)}`, writeLike(text, RESERVE_FORMS));
  for (const [key, given] of parts) {
    const value = given ?? key;
    const dimension = given === undefined ? dimensionOf(value) : key;
    if (dimension === 'tokens') usage.tokens = tokens('--reserve', value);
    else if (dimension === 'cost') usage.costMicroUsd = cost('--reserve', value);
    else if (dimension === 'time') usage.timeMs = timeMs('--reserve', value);
    else throw usageError(`--reserve has no dimension ${quoted(key)}`, `write it like ${RESERVE_FORMS}`);
  }
  return usage;
}

/** Dimension of an amount without a name: dollars begin with `$`, a duration ends with its unit, all else is tokens. */
const dimensionOf = (value: string): string =>
  value.startsWith('$') ? 'cost' : parseDuration(value) !== null && parseTokens(value) === null ? 'time' : 'tokens';

export function agentName(text: string): string {
  if (isBudgetName(text)) return text;
  throw usageError(
    `${quoted(text)} is not an agent`,
    'an agent is PROJECT/NAME, or a bare name, of A-Z a-z 0-9 . _ @ : + -',
  );
}

/** `A=3`. */
export function weighted(text: string): { readonly agent: string; readonly weight: number } {
  const match = /^(.+)=(\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})$/.exec(text);
  if (!match) throw usageError(`${quoted(text)} has no weight`, writeLike(text, 'auth=3 api=1.5'));
  return { agent: agentName(match[1] as string), weight: Number(match[2]) };
}

export const budgetPriority = (text: string): BudgetPriority =>
  oneOf(BUDGET_PRIORITIES, text, `--priority does not accept ${quoted(text)}`);

/** The renewal of `--per day --zone Europe/Vienna`; without --zone in the machine's zone, and a note where it names none. */
export function renewal(invocation: Invocation, localZone: () => LocalZone): Renewal | null {
  const per = invocation.option('per', (text) => {
    const period = parsePeriod(text);
    if (period === null)
      throw usageError(
        `--per must be a period, got ${quoted(text)}`,
        'write it like 5h, day, week or month; at least 1m',
      );
    return period;
  });
  const zone = invocation.option('zone', (text) => {
    if (!isZoneName(text))
      throw usageError(`--zone must be a time zone, got ${quoted(text)}`, 'write it like Europe/Vienna or UTC');
    return text;
  });
  if (per === null) {
    if (zone !== null) throw usageError('--zone needs --per', 'add --per day, week or month');
    return null;
  }
  if (zone !== null && !isCalendar(per))
    throw usageError(
      '--zone has no effect with a --per that is a duration',
      'leave --zone out, or renew by day, week or month',
    );
  if (zone !== null) return { per, timeZone: zone };
  const { name, isNamed } = localZone();
  // A duration has no beginning of a day.
  if (!isNamed && isCalendar(per))
    invocation.note(
      `note: this machine does not name its time zone, so a ${per} begins at midnight UTC; or give --zone`,
    );
  return { per, timeZone: name };
}

export function workflowName(text: string): string {
  if (isBudgetName(text)) return text;
  throw usageError(`${quoted(text)} is not a workflow`, 'a name of A-Z a-z 0-9 . _ @ : + -');
}
