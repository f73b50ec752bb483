/** Amounts as people type them: 49.55k tokens, 2h30m, $5.00. They are exact and can be typed back. */
import { type Amounts, DIMENSIONS, type Dimension, type Usage } from '../../core/model/budget.ts';

const tokens = (count: number): string =>
  count < 1_000 ? String(count) : count < 1_000_000 ? `${count / 1_000}k` : `${count / 1_000_000}M`;

const cost = (micro: number): string => {
  const [dollars = '0', cents = ''] = String(micro / 1e6).includes('e')
    ? (micro / 1e6).toFixed(6).split('.')
    : String(micro / 1e6).split('.');
  return `$${dollars}.${cents.padEnd(2, '0')}`;
};

function time(ms: number): string {
  if (ms < 60_000) return `${ms / 1000}s`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1000];
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${seconds}s` : ''}`;
}

const FORMS: Readonly<Record<Dimension, (amount: number) => string>> = {
  tokens: (amount) => `${tokens(amount)} ${amount === 1 ? 'token' : 'tokens'}`,
  timeMs: time,
  costMicroUsd: cost,
};

/** The option that states the amount, for a command that can be typed: `--tokens 50000`, `--time 90s`, `--cost 0.50`. */
export const amountOption = (dimension: Dimension, amount: number): string =>
  dimension === 'tokens'
    ? `--tokens ${amount}`
    : `--${DIMENSION_WORDS[dimension]} ${amountText(dimension, amount).replace('$', '')}`;

export const amountText = (dimension: Dimension, amount: number): string => FORMS[dimension](amount);

export const DIMENSION_WORDS: Readonly<Record<Dimension, string>> = {
  tokens: 'tokens',
  timeMs: 'time',
  costMicroUsd: 'cost',
};

const listed = (amounts: Amounts, isShown: (amount: number) => boolean, otherwise: string): string => {
  const shown = DIMENSIONS.flatMap((dimension) => {
    const amount = amounts[dimension];
    return amount !== null && isShown(amount) ? [amountText(dimension, amount)] : [];
  });
  return shown.length === 0 ? otherwise : shown.join(', ');
};

/** Limits: `50k tokens, $0.00`. A limit of 0 is shown as 0; unlimited dimensions are left out; `no limit` if all are. */
export const limitsText = (limits: Amounts): string => listed(limits, () => true, 'no limit');

/** Usage: `50k tokens, 2h, $5.00`; dimensions without usage are left out; `nothing` if all are. */
export const usageText = (usage: Usage): string => listed(usage, (amount) => amount !== 0, 'nothing');
