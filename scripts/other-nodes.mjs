/** Runs the tests with real commands on the other supported versions of Node, each in a folder of its own. */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['20', '22', '24', '26'];
/** A connection that stalls is tried again after a minute; npm itself waits for five. */
const PATIENCE = ['--fetch-timeout=60000', '--fetch-retries=4'];
const SUITES = [
  'test/cli',
  'test/main',
  'test/package.test.ts',
  'test/docs',
  'test/store',
  'test/concurrency/waiting.test.ts',
  'test/app/monitor',
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const own = process.versions.node.split('.')[0];

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) throw error;
  return status === 0;
}

// Vitest silently skips a suite that does not exist.
for (const suite of SUITES) accessSync(join(root, suite));

let failed = 0;
for (const version of VERSIONS.filter((other) => other !== own)) {
  const folder = mkdtempSync(join(tmpdir(), `node-${version}-`));
  try {
    // One test runs as another user, which must be able to reach the binary.
    chmodSync(folder, 0o755);
    const binaries = `node-${process.platform}-${process.arch}`;
    const install = [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      ...PATIENCE,
      `${binaries}@${version}`,
    ];
    if (!run('npm', install, { stdio: ['ignore', 'ignore', 'inherit'] }))
      throw new Error(`no Node ${version} to be had`);
    const bin = join(folder, 'node_modules', binaries, 'bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
    console.log(`== Node ${version}`);
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    if (!run(join(bin, 'node'), [vitest, 'run', '--reporter=dot', ...SUITES], { cwd: root, env })) failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
