/**
 * The text exposition format of Prometheus, version 0.0.4, and the same figures as JSON. Every family is written once and
 * whole; one without samples is left out, for nothing known is nothing said. No timestamps: when it was read is when it is.
 */

/** In the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** All series of one name. A counter's name ends in `_total`, nothing else's does. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const escapedLabel = (text: string): string => text.replace(/[\\"\n]/g, (char) => ESCAPES[char] as string);
const escapedHelp = (text: string): string => text.replace(/[\\\n]/g, (char) => ESCAPES[char] as string);

/** A number as Go's ParseFloat reads it. */
const valueText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

function labelsText(labels: Labels): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapedLabel(labels[name] as string)}"`;
  return text === '' ? '' : `${text}}`;
}

/** The families as text that ends in a line feed; empty when there is nothing. */
export function expositionText(families: readonly Family[]): string {
  // With ten thousand agents this is most of the time: labels that series share are escaped once, pieces joined once.
  const known = new Map<Labels, string>();
  let whole = '';
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    const pieces = [`# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`];
    for (const { labels, value } of samples) {
      let text = known.get(labels);
      if (text === undefined) {
        text = labelsText(labels);
        known.set(labels, text);
      }
      pieces.push(name, text, value === 0 ? ' 0\n' : ` ${valueText(value)}\n`);
    }
    whole += pieces.join('');
  }
  return whole;
}

export interface MetricsJson {
  readonly schema_version: 1;
  /** The file that was written; null where none was asked for. */
  readonly written: string | null;
  readonly families: readonly Family[];
}

export const metricsJson = (families: readonly Family[], written: string | null): MetricsJson => ({
  schema_version: 1,
  written,
  families: families.filter(({ samples }) => samples.length > 0),
});
