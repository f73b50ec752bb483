/** A card per measure with its target; met or missed is also written in words. */
import type { MeasureJson, ReportJson } from '../json/report-json.ts';
import { figureText } from './figures.ts';
import { html, type Markup } from './markup.ts';

type Form = 'share' | 'index' | 'seconds';

const MEASURES: readonly (readonly [
  title: string,
  key: keyof Omit<ReportJson['metrics'], 'fairness_by_the_seed'>,
  form: Form,
])[] = [
  ['Budget utilisation', 'utilisation', 'share'],
  ['Slot utilisation', 'slot_utilisation', 'share'],
  ['Fairness', 'fairness', 'index'],
  ['Responsiveness', 'responsiveness', 'seconds'],
  ['Forecast accuracy', 'forecast_accuracy', 'share'],
];

function valueText(value: number | null, form: Form): string {
  if (value === null) return '–';
  if (form === 'share') return `${Math.round(value * 1000) / 10}%`;
  return form === 'index' ? value.toFixed(2) : figureText('seconds', value);
}

const VERDICTS = {
  met: { sign: '✓', word: 'met' },
  missed: { sign: '✗', word: 'missed' },
  unknown: { sign: '–', word: 'unknown' },
} as const;

function card(title: string, { value, target, met, note }: MeasureJson, form: Form): Markup {
  const kind = met === null ? 'unknown' : met ? 'met' : 'missed';
  const { sign, word } = VERDICTS[kind];
  const least = form === 'seconds' ? 'at most' : 'at least';
  return html`<li class="card ${kind}"><h3>${title}</h3>
<p class="value">${valueText(value, form)}</p>
<p class="verdict"><span aria-hidden="true">${sign}</span> ${word}<span class="target">, target ${least} ${valueText(target, form)}</span></p>
<p class="note">${note}</p></li>\n`;
}

export function measuresMarkup(metrics: ReportJson['metrics']): Markup {
  return html`<ul class="cards">
${MEASURES.map(([title, key, form]) => card(title, metrics[key], form))}</ul>`;
}
