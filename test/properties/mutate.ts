/** Builds the core with one text replaced, in memory, so there is no file to remove. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import type { Core } from './core.ts';
import type { Mutant } from './mutants.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const coreFile = (file: string): string => fileURLToPath(new URL(`../../src/core/${file}`, import.meta.url));

/** How often the mutant's text occurs in its file. Any number but 1 means that the mutant is out of date. */
export const occurrences = async ({ file, text }: Mutant): Promise<number> =>
  (await readFile(coreFile(file), 'utf8')).split(text).length - 1;

/** The real core for null, otherwise the core with the mutant's change. */
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
            const isMutated = mutant !== null && path === coreFile(mutant.file);
            // The replacement is a function, so that `$` in the text is literal.
            return { contents: isMutated ? source.replace(mutant.text, () => mutant.instead) : source, loader: 'ts' };
          }),
      },
    ],
  });
  const script = `(() => { ${bundle.outputFiles[0]?.text ?? ''}; return mutated.realCore; })()`;
  return runInThisContext(script) as Core;
}
