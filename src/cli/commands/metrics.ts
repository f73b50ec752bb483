import { EXIT } from '../../errors.ts';
import { expositionText, metricsJson } from '../../render/metrics/exposition.ts';
import { metricFamilies } from '../../render/metrics/metrics.ts';
import { VERSION } from '../../version.ts';
import { note, tellBeside } from '../answer.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { has, optionOf, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Prints slots, queue, health and budgets in the text format of Prometheus, or writes them for the textfile collector of node_exporter. An unknown figure has no series.',
  examples: [
    ['resource-manager metrics', 'in the text format of Prometheus'],
    [
      'resource-manager metrics --textfile /var/lib/node_exporter/textfile_collector',
      'for node_exporter; with monitor.textfile the monitor writes it by itself',
    ],
  ],
  operands: [],
  options: [{ name: 'textfile', value: 'FOLDER', help: 'write resource_manager.prom into this folder' }],
};

function folderName(text: string): string {
  if (text !== '' && !text.includes('\0')) return text;
  throw usageError('--textfile must be a folder', 'write it like /var/lib/node_exporter/textfile_collector');
}

export const run: RunCommand = async (typed, context) => {
  const folder = optionOf(typed, 'textfile', folderName);
  const snapshot = await (await context.openStore()).read();
  tellBeside(typed, context, snapshot.repairs, []);
  const families = metricFamilies(snapshot, VERSION);
  const text = expositionText(families);
  const written = folder === null ? null : (await context.openTextfile()).write(folder, text);
  if (has(typed, 'json')) context.out.answer(JSON.stringify(metricsJson(families, written)));
  // `answer` adds the last line feed.
  else if (written === null) context.out.answer(text.slice(0, -1));
  else note(typed, context, `note: wrote ${written}`);
  return EXIT.ok;
};
