/** Compares what a screen prints with the truth, figure by figure. */
import type { Raw } from './files.ts';

/** The figures that differ, as `path: printed PRINTED, true TRUE`. Only the keys of `truth` are looked at. */
export function differences(printed: Raw, truth: Raw, path = ''): string[] {
  if (Array.isArray(truth)) {
    const rest = Array.isArray(printed) ? printed.slice(truth.length) : [];
    return [
      ...truth.flatMap((item, at) => differences(printed?.[at], item, `${path}[${at}]`)),
      ...rest.map((item) => `${path}: printed ${JSON.stringify(item)} too much`),
    ];
  }
  if (truth !== null && typeof truth === 'object') {
    return Object.entries(truth).flatMap(([key, item]) =>
      differences(printed?.[key], item, path === '' ? key : `${path}.${key}`),
    );
  }
  return printed === truth || isNear(printed, truth)
    ? []
    : [`${path}: printed ${JSON.stringify(printed)}, true ${JSON.stringify(truth)}`];
}

/** Sums of fractions in another order differ by less than a millionth of the figure, or by one of the fourth decimal. */
const isNear = (printed: Raw, truth: Raw): boolean =>
  typeof printed === 'number' &&
  typeof truth === 'number' &&
  !Number.isInteger(truth) &&
  Math.abs(printed - truth) <= Math.max(1e-6 * Math.abs(truth), Math.abs(truth) > 10 ? 1.001e-4 : 0);

/** The list in the order of a key in lower case, for screens whose order is no figure. */
export const byKey = (items: readonly Raw[], key: string): Raw[] =>
  items
    .map((item) => ({ ...item, [key]: item[key].toLowerCase() }))
    .sort((one, other) => (one[key] < other[key] ? -1 : 1));
