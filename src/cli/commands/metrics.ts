import { shown } from '../../core/shown.ts';
import { EXIT } from '../../errors.ts';
import type { OpenTextfile } from '../../ports/files.ts';
import type { OpenStore } from '../../ports/store.ts';
import { expositionText, metricsJson } from '../../render/metrics/exposition.ts';
import { metricFamilies } from '../../render/metrics/metrics.ts';
import { VERSION } from '../../version.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { usageError } from '../values.ts';

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

export const run: RunCommand<OpenStore & OpenTextfile> = async (invocation, ports) => {
  const folder = invocation.option('textfile', folderName);
  const snapshot = await (await ports.openStore()).read();
  invocation.noteBeside(snapshot);
  const families = metricFamilies(snapshot, VERSION);
  const written = folder === null ? null : (await ports.openTextfile()).write(folder, expositionText(families));
  if (invocation.has('json')) invocation.out.answer(JSON.stringify(metricsJson(families, written)));
  // `answer` adds the last line feed.
  else if (written === null) invocation.out.answer(expositionText(families, shown).slice(0, -1));
  else invocation.note(`note: wrote ${written}`);
  return EXIT.ok;
};
