/** Builds dist/: the commands, the hooks and the library as CommonJS bundles, the script of a report's page, the types. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = join(root, 'dist');
/** `npm run dev`: readable code for a debugger, and no types. */
const isDev = process.argv.includes('--dev');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  minify: !isDev,
  sourcemap: isDev && 'inline',
  metafile: true,
  logLevel: 'warning',
};

/** Commander loads it to start external subcommands. We have none, and loading it costs 3 ms. */
const withoutChildProcess = {
  name: 'without-child-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /node_modules.commander/.test(importer) ? { path, namespace: 'without' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'without' }, () => ({ contents: '' }));
  },
};

const bundle = (entryPoints, more = {}) =>
  build({
    ...common,
    entryPoints,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    legalComments: 'none',
    outExtension: { '.js': '.cjs' },
    // import() would go through the ES module loader, which costs more than the library itself.
    supported: { 'dynamic-import': false },
    // The main file of jsonc-parser loads its parts in a way that no bundler detects.
    mainFields: ['module', 'main'],
    // proper-lockfile gets a file system from us and never uses its own.
    alias: { 'graceful-fs': 'node:fs' },
    plugins: [withoutChildProcess],
    ...more,
    define: { PACKAGE_VERSION: JSON.stringify(manifest.version), ...more.define },
  });

/** A file of its own: the slot commands seldom need it, and would read its text at each start. */
const yamlApart = {
  name: 'yaml-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^yaml$/ }, () => ({ path: './yaml.cjs', external: true }));
  },
};

// src/main/launch.ts runs a function; wrapping the text at each start would copy it.
const asFunction = { banner: { js: '(function(exports,require,module){' }, footer: { js: '})' } };

const [commands, slots, yaml, library, page] = await Promise.all([
  bundle({ main: 'src/main/command.ts', 'hook-answer': 'src/main/hook.ts' }, asFunction),
  bundle({ slots: 'src/main/slots.ts' }, { ...asFunction, plugins: [withoutChildProcess, yamlApart] }),
  bundle({ yaml: 'yaml' }),
  bundle({ api: 'src/main/library.ts' }),
  build({
    ...common,
    entryPoints: { page: 'src/page/page.ts' },
    platform: 'browser',
    format: 'iife',
    target: ['chrome100', 'firefox100', 'safari15.4'],
    legalComments: 'inline',
  }),
]);
if (/<\/script|<!--/i.test(readFileSync(join(dist, 'page.js'), 'utf8')))
  throw new Error('the script would end the element of the page that it is in');

const hash = createHash('sha256');
for (const name of ['main', 'slots', 'hook-answer']) hash.update(readFileSync(join(dist, `${name}.cjs`)));
const BUILD_ID = JSON.stringify(hash.digest('hex').slice(0, 12));
const launchers = { launch: 'src/main/launch.ts', hook: 'src/main/hook-first-look.ts' };
await bundle(launchers, { define: { BUILD_ID } });

const names = ['openResourceManager', 'EXIT', 'ExpectedError', 'InternalError'];
writeFileSync(
  join(dist, 'api.mjs'),
  `import api from './api.cjs';\n${names.map((name) => `export const ${name} = api.${name};`).join('\n')}\n`,
);

/** The folders of the bundled packages. */
const packages = new Set(
  [commands, slots, yaml, library, page]
    .flatMap(({ metafile }) => Object.keys(metafile.inputs))
    .flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
);
const licences = [...packages].sort().map((folder) => {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e(?:\.|$)/i.test(name));
  if (file === undefined) throw new Error(`no licence file in ${folder}`);
  return `${folder.replace(/^.*node_modules\//, '')}\n\n${readFileSync(join(root, folder, file), 'utf8')}`;
});
writeFileSync(join(dist, 'LICENSES.txt'), licences.join('\n---\n\n'));

for (const file of Object.values(manifest.bin)) chmodSync(join(root, file), 0o755);

if (isDev) process.exit();
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const types = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (types.status !== 0) process.exitCode = 1;
