/**
 * Builds dist/: our own code as one CommonJS bundle for the commands and one for programs that import us, each library
 * as a bundle of its own that is loaded only when needed, the script inside a report's page, and the types.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const LIBRARIES = ['chalk', 'commander', 'diff', 'jsonc-parser', 'node-os-utils', 'proper-lockfile', 'ps-tree', 'yaml'];
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
  // import() would go through the ES module loader, which costs more than the library itself.
  supported: { 'dynamic-import': false },
};

/** Libraries stay outside our bundles and are found beside them. */
const vendored = {
  name: 'vendored',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(?:${LIBRARIES.join('|')})$`) }, ({ path }) => ({
      path: `./vendor/${path}.cjs`,
      external: true,
    }));
  },
};

/**
 * A bundle for some commands leaves out what only the others load; what a process does not read it need not pay for.
 * Whoever asks for it all the same is in the wrong bundle, which is our fault (scripts/launch.cjs chooses).
 */
const without = (names) => ({
  name: 'without',
  setup({ onResolve, onLoad }) {
    const modules = new RegExp(`/(?:${names})\\.ts$`);
    onResolve({ filter: /^\.{1,2}\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && modules.test(path) ? { path, namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not in this bundle`)})`,
    }));
  },
});

const BUNDLES = ['main', 'slots', 'budgets', 'run', 'attend'];
const MACHINE =
  'monitor|metrics|textfile|kill|reap|hook|statusline|subagent-statusline|doctor|service|completion|reap/reaper|service/service|doctor/\\w[\\w-]*|portable[\\w-]*|linux-view|restore|ask|lean|top|screen|integrate|integrate/integration|sessions/\\w[\\w-]*';
/** What only looks back or ahead. */
const LOOKING =
  'forecast|show-history|report|efficiency|simulate|history-reader|recorded-runs|page-files|transcripts/\\w[\\w-]*|audit|from-claude';
const RUNNING = 'run|run/\\w[\\w-]*';
const SLOTS = 'release|status|queue|cancel|set-max|config|init';
const BUDGETS = 'budget|report-usage|check|throttle|stop|resume';
const bundle = (entryPoints, plugins) =>
  build({
    ...common,
    absWorkingDir: root,
    entryPoints,
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    minify: true,
    plugins: [...plugins, vendored],
    define: { PACKAGE_VERSION: JSON.stringify(manifest.version) },
  });
await Promise.all([
  bundle({ main: 'src/main/command.ts', api: 'src/main/library.ts' }, []),
  bundle({ slots: 'src/main/command.ts' }, [without(`${MACHINE}|${LOOKING}|${RUNNING}|${BUDGETS}`)]),
  bundle({ budgets: 'src/main/command.ts' }, [without(`${MACHINE}|${LOOKING}|${RUNNING}|${SLOTS}`)]),
  bundle({ hook: 'src/main/hook-first-look.ts' }, []),
  bundle({ attend: 'src/main/hook.ts' }, []),
  bundle({ run: 'src/main/command.ts' }, [without(`${MACHINE}|${LOOKING}|${SLOTS}|${BUDGETS}`)]),
]);

/**
 * proper-lockfile brings graceful-fs for its default `fs`; we hand it our own, so the plain one will do. Its signal-exit
 * brings node:assert for one check, which loads sockets and streams and costs more than all the rest.
 */
const LIGHTER = { 'graceful-fs': 'node:fs', assert: join(root, 'scripts', 'assert.cjs') };
const ALIASES = {
  'proper-lockfile': LIGHTER,
  // Its main file asks for its parts in a way that no bundler sees.
  'jsonc-parser': { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
};
await Promise.all(
  LIBRARIES.map((name) =>
    build({
      ...common,
      absWorkingDir: root,
      stdin: { contents: `module.exports = require(${JSON.stringify(name)})`, resolveDir: root, loader: 'js' },
      outfile: join(dist, 'vendor', `${name}.cjs`),
      minify: true,
      alias: ALIASES[name] ?? {},
    }),
  ),
);

/** What runs in a report's page, its libraries inside; their notices go with every page. */
await build({
  absWorkingDir: root,
  entryPoints: ['src/page/page.ts'],
  outfile: join(dist, 'page.js'),
  bundle: true,
  platform: 'browser',
  format: 'iife',
  target: ['chrome100', 'firefox100', 'safari15.4'],
  minify: true,
  legalComments: 'inline',
  logLevel: 'warning',
});
if (/<\/script|<!--/i.test(readFileSync(join(dist, 'page.js'), 'utf8')))
  throw new Error('the script would end the element of the page that it is in');

/** The licences of what is inside. */
/** What the bundles bring along. */
const INSIDE =
  'retry signal-exit event-stream duplexer from map-stream pause-stream split stream-combiner through chart.js @kurkle/color'.split(
    ' ',
  );
const notices = [...LIBRARIES, ...INSIDE].map((name) => {
  const folder = join(root, 'node_modules', name);
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENSE.MIT', 'LICENCE', 'License', 'license'].find(
    (candidate) => {
      try {
        return readFileSync(join(folder, candidate));
      } catch {
        return false;
      }
    },
  );
  if (!file) throw new Error(`no licence file in ${name}`);
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8')}`;
});
writeFileSync(join(dist, 'vendor', 'LICENSES.txt'), notices.join('\n---\n\n'));

/** As functions, which is how scripts/launch.cjs runs them; putting that around the text each time would copy it. */
for (const name of BUNDLES) {
  const file = join(dist, `${name}.cjs`);
  writeFileSync(file, `(function(exports,require,module){${readFileSync(file, 'utf8')}\n})`);
}

const buildId = createHash('sha256')
  .update(BUNDLES.map((name) => readFileSync(join(dist, `${name}.cjs`), 'utf8')).join(''))
  .digest('hex')
  .slice(0, 12);
const launcher = readFileSync(join(root, 'scripts', 'launch.cjs'), 'utf8').replace("'BUILD_ID'", `'${buildId}'`);
writeFileSync(join(dist, 'launch.cjs'), launcher);
// A file more to find and to load would cost a hook a third of a millisecond.
const firstLook = readFileSync(join(dist, 'hook.cjs'), 'utf8');
writeFileSync(
  join(dist, 'hook.cjs'),
  `${firstLook}\nmodule.exports.launch = (...event) => {\nconst module = {};\n${launcher}\nreturn module.exports(...event);\n};\n`,
);
const names = ['openResourceManager', 'EXIT', 'ExpectedError', 'InternalError'];
writeFileSync(
  join(dist, 'api.mjs'),
  `import api from './api.cjs';\n${names.map((name) => `export const ${name} = api.${name};`).join('\n')}\n`,
);
for (const file of Object.values(manifest.bin)) chmodSync(join(root, file), 0o755);

const types = spawnSync(
  process.execPath,
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (types.status !== 0) process.exitCode = 1;
