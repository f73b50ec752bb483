/** The core with one text replaced, built in memory: nothing is written, so nothing needs to be removed. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import type { Core } from './core.ts';
import type { Mutant } from './mutants.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const coreFile = (file: string): string => fileURLToPath(new URL(`../../src/core/${file}`, import.meta.url));

/** How often the mutant's text stands in its file: 1, or the mutant has rotted. */
export const occurrences = async ({ file, text }: Mutant): Promise<number> =>
  (await readFile(coreFile(file), 'utf8')).split(text).length - 1;

/** The core as it is, or with the mutant's change. */
export async function coreWith(mutant: Mutant | null): Promise<Core> {
  const bundle = await build({
    entryPoints: [`${HERE}core.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'mutated',
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutate',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\/src\/core\/.*\.ts$/ }, async ({ path }) => {
            const source = await readFile(path, 'utf8');
            const isIt = mutant !== null && path === coreFile(mutant.file);
            // A function as replacement: `$` in the text stands for itself.
            return { contents: isIt ? source.replace(mutant.text, () => mutant.instead) : source, loader: 'ts' };
          }),
      },
    ],
  });
  const script = `(() => { ${bundle.outputFiles[0]?.text ?? ''}; return mutated.realCore; })()`;
  return runInThisContext(script) as Core;
}
