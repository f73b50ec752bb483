/**
 * The text exposition format of Prometheus, version 0.0.4, and the same figures as JSON. Every family is written once;
 * families without samples are left out. Samples have no timestamps: they are current when read.
 */

/** Written in this order. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** All series of one name. Only names of counters end in `_total`. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A family of gauges. */
export const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name: `resource_manager_${name}`,
  type: 'gauge',
  help,
  samples,
});

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const escapedLabel = (text: string): string => text.replace(/[\\"\n]/g, (char) => ESCAPES[char] as string);
const escapedHelp = (text: string): string => text.replace(/[\\\n]/g, (char) => ESCAPES[char] as string);

/** A number as Go's ParseFloat reads it. */
const valueText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

type Worded = (text: string) => string;

function labelsText(labels: Labels, worded: Worded): string {
  let text = '';
  for (const name in labels)
    text += `${text === '' ? '{' : ','}${name}="${escapedLabel(worded(labels[name] as string))}"`;
  return text === '' ? '' : `${text}}`;
}

/** The families as text that ends in a line feed; empty without samples. `worded` gives the words of a label's value. */
export function expositionText(families: readonly Family[], worded: Worded = (text) => text): string {
  // With ten thousand agents this takes most of the time, so shared labels are escaped once and pieces joined once.
  const texts = new Map<Labels, string>();
  let whole = '';
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    const pieces = [`# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`];
    for (const { labels, value } of samples) {
      let text = texts.get(labels);
      if (text === undefined) {
        text = labelsText(labels, worded);
        texts.set(labels, text);
      }
      pieces.push(name, text, value === 0 ? ' 0\n' : ` ${valueText(value)}\n`);
    }
    whole += pieces.join('');
  }
  return whole;
}

/** The answer of `metrics`; `written` is the written file, null for output on standard output. */
export const metricsJson = (families: readonly Family[], written: string | null) => ({
  schema_version: 1,
  written,
  families: families.filter(({ samples }) => samples.length > 0),
});
