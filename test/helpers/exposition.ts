/** A strict parser of the text exposition format, version 0.0.4. Every collector accepts the text that it accepts. */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

const HELP = /^# HELP ([a-z][a-z0-9_]*) ((?:[^\\\n]|\\\\|\\n)+)$/;
const TYPE = /^# TYPE ([a-z][a-z0-9_]*) (gauge|counter)$/;
const LABEL = '[a-z][a-z0-9_]*="(?:[^"\\\\\\n]|\\\\\\\\|\\\\"|\\\\n)*"';
const SAMPLE = new RegExp(`^([a-z][a-z0-9_]*)(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);
const VALUE = /^(?:-?\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|[+-]Inf)$/;

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/([a-z0-9_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)) {
    if ((name as string) in labels) throw new Error(`a label stands twice: ${line}`);
    labels[name as string] = unescaped(value as string);
  }
  return labels;
}

/** Throws with the first invalid line. */
export function parseExposition(text: string): ParsedFamily[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  const families: (ParsedFamily & { samples: ParsedSample[] })[] = [];
  const series = new Set<string>();
  const lines = text.split('\n').slice(0, -1);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    const help = HELP.exec(line);
    if (help) {
      const [, name, words] = help as unknown as [string, string, string];
      const type = TYPE.exec(lines[at + 1] ?? '');
      if (type?.[1] !== name) throw new Error(`no type follows: ${line}`);
      if (families.some((family) => family.name === name)) throw new Error(`a family stands twice: ${line}`);
      if (families.at(-1)?.samples.length === 0) throw new Error(`an empty family before: ${line}`);
      families.push({ name, type: type[2] as string, help: unescaped(words), samples: [] });
      at += 1;
      continue;
    }
    const [, name, labels, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || !VALUE.test(value ?? '')) throw new Error(`not a line of the format: ${line}`);
    const family = families.at(-1);
    if (family?.name !== name) throw new Error(`outside of its family: ${line}`);
    const sample = {
      name,
      labels: labels === undefined ? {} : labelsOf(labels, line),
      value: Number(value?.replace('Inf', 'Infinity')),
    };
    const key = JSON.stringify([name, Object.entries(sample.labels).sort()]);
    if (series.has(key)) throw new Error(`a series stands twice: ${line}`);
    series.add(key);
    family.samples.push(sample);
  }
  return families;
}
