/** Bundles a part of the source as a module, for benches that measure below the commands. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `contents` is module text whose imports are relative to the repository; libraries are bundled in. */
export async function importSource(folder, contents) {
  const outfile = join(folder, `part-${process.hrtime.bigint()}.cjs`);
  const stdin = { contents, resolveDir: ROOT };
  await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile, logLevel: 'warning' });
  return (await import(pathToFileURL(outfile).href)).default;
}
