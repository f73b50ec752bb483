/** Bundles a part of the source as a module, for benches that measure below the commands. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `contents` is module text whose imports are relative to the repository; libraries are bundled in. */
export async function importSource(folder, contents) {
  const outfile = join(folder, `part-${process.hrtime.bigint()}.cjs`);
  const stdin = { contents, resolveDir: ROOT };
  // The main file of jsonc-parser loads its parts in a way that no bundler detects.
  const mainFields = ['module', 'main'];
  await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile, mainFields, logLevel: 'warning' });
  return (await import(pathToFileURL(outfile).href)).default;
}
