/** The plain tables that the benches print. */
import { median, p95, ratio } from './statistics.mjs';

const number = (value) => value.toFixed(value < 10 ? 2 : 1);
const ratioText = ({ value, low, high }) => `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

export function printTable(title, rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ');
  console.log(`\n${title}`);
  for (const row of rows) console.log(`  ${line(row)}`);
}

/**
 * One row per name, fastest first. With `peer`, which must have run as two candidates named `${peer} A` and `${peer} B`,
 * each row is also compared with both of them together, and their ratio to each other is printed as noise.
 */
export function printSamples(title, samples, peer) {
  const twins = [samples[`${peer} A`], samples[`${peer} B`]];
  const head = ['', 'n', 'median ms', 'p95 ms', `× ${peer} (95 %)`];
  const rows = Object.entries(samples)
    .sort(([, a], [, b]) => median(a) - median(b))
    .map(([name, values]) => [
      name,
      String(values.length),
      number(median(values)),
      number(p95(values)),
      ratioText(ratio(values, twins.flat())),
    ]);
  printTable(title, [head, ...rows]);
  console.log(`  noise: ${peer} B against A ${ratioText(ratio(twins[1], twins[0]))}`);
}

export function printTarget(target, isMet) {
  console.log(`target ${target} : ${isMet ? 'met' : 'missed'}`);
}
