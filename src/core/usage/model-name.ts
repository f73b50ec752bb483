/** The name of a model in the price table, from the spelling of a provider or a gateway. */

/** The last part that names a model; before it stand a gateway, a vendor, a region or a path. */
const FAMILY = /^(?:.*[./:_@~ -])?(claude|gpt[-_ ]?\d|gemini|o[1-9](?![a-z0-9]))/;

/** Endings without influence on the price: context window, version, variant, date, alias. */
const ENDINGS = [
  /\[[^\]]*\]$/,
  / *\([^)]*\)$/,
  /:[\w.-]+$/,
  /@[\w.-]+$/,
  /-v\d+$/,
  /-(?:19|20)\d{6}$/,
  /-20\d{2}-\d{2}-\d{2}$/,
  /-(?:latest|default|preview|chat|think|thinking|reasoning|eu|us|1m)$/,
];

const withoutEndings = (name: string): string => {
  const shorter = ENDINGS.reduce((text, ending) => text.replace(ending, ''), name);
  return shorter === name ? name : withoutEndings(shorter);
};

/** Claude's versions are written with dashes, and since version 4 behind the name of the line. */
function claudeName(name: string): string {
  const dashed = name
    .replaceAll(/[._ ]/g, '-')
    .replace(/^claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku|fable|mythos)(?=-|$)/, 'claude-$2-$1')
    .replace(/^(claude-[a-z]+-\d+)-0(?=-|$)/, '$1');
  return dashed.replace(/^claude-(opus|sonnet|haiku)-(3(?:-\d+)?)(?=-|$)/, 'claude-$2-$1');
}

/** OpenAI's versions are written with dots. */
const gptName = (name: string): string =>
  name
    .replaceAll(/[_ ]/g, '-')
    .replace(/^gpt-?(\d)(?:-(\d{1,2})(?=-|$))?/, (_, major, minor) =>
      minor === undefined ? `gpt-${major}` : `gpt-${major}.${minor}`,
    );

/** Levels of effort that gateways append; the price is the same for each. */
const EFFORT = /-(?:none|minimal|low|medium|high|xhigh|max)$/;

export interface ModelName {
  readonly name: string;
  /** The spelling names the fast variant. */
  readonly isFast: boolean;
}

/**
 * The plain name of a model: lower case, without gateway, vendor, region, date and variant, with dots and dashes as in the
 * price table. `isKnown` is true for the names of the table: an ending that is part of a known name stays.
 */
export function modelName(spelled: string, isKnown: (name: string) => boolean): ModelName {
  const lower = spelled.trim().toLowerCase();
  const found = FAMILY.exec(lower);
  if (found === null) {
    const last = lower.replace(/^.*\//, '');
    return { name: [lower, last, withoutEndings(last)].find(isKnown) ?? last, isFast: false };
  }
  const begun = lower.slice(found.index + found[0].length - (found[1] as string).length);
  const plain = withoutEndings(begun);
  const canonical = plain.startsWith('claude') ? claudeName(plain) : plain.startsWith('gpt') ? gptName(plain) : plain;
  const known = [lower, canonical].find(isKnown);
  if (known !== undefined) return { name: known, isFast: false };
  const [slow, isFast] = canonical.endsWith('-fast') ? [canonical.slice(0, -5), true] : [canonical, false];
  const effortless = slow.replace(EFFORT, '');
  const name = [slow, effortless, withoutEndings(effortless)].find(isKnown);
  return name === undefined ? { name: canonical, isFast: false } : { name, isFast };
}
