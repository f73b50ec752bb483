/** The packed tarball, installed in an empty folder. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanEnvironment, ROOT, temporaryFolder } from './helpers/cli.ts';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

function run(command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', env: cleanEnvironment(env), timeout: 120_000 });
  return { ...result, all: `${result.stdout}${result.stderr}` };
}

it('can be published', () => {
  // No server listens at this address, so no registry is queried. `npm run -s` hands on its silence, so the level is set.
  const env = {
    npm_config_registry: 'http://127.0.0.1:9',
    npm_config_fetch_retries: '0',
    npm_config_loglevel: 'notice',
  };
  const { status, all } = run('npm', ['publish', '--dry-run', '--ignore-scripts'], ROOT, env);
  expect(status, all).toBe(0);
  expect(all).toContain(`+ ${manifest.name}@${manifest.version}`);
  // Any other warning is about a fault in package.json that npm would correct silently.
  expect(all.match(/^npm warn .+$/gm)?.filter((line) => !line.includes('requires you to be logged in')) ?? []).toEqual(
    [],
  );
});

it('installs without a network, and every command works', () => {
  const folder = temporaryFolder();
  // dist is built already; packing must not rebuild it while other tests use it.
  const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT);
  expect(packed.status, packed.all).toBe(0);
  const [tarball] = readdirSync(folder);
  const listed = run('tar', ['tzf', tarball as string], folder).stdout;
  expect(listed).toContain('package/.resource-manager/slots.yaml');
  expect(listed).toContain('package/schemas/status.schema.json');
  expect(listed).toContain('package/grafana/agent-resource-manager.json');
  expect(listed).toContain('package/docs/getting-started.md');
  expect(listed).toContain('package/man/resource-manager-run.1');
  for (const file of ['.claude-plugin/plugin.json', 'hooks/hooks.json', 'skills/resource-status/SKILL.md'])
    expect(listed).toContain(`package/${file}`);
  expect(listed).not.toMatch(/package\/(src|test|bench|node_modules|docs\/decisions)\//);
  expect(listed).not.toContain('.cache');

  const installed = run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], folder);
  expect(installed.status, installed.all).toBe(0);
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'agent-resource-manager',
  ]);

  const dir = join(folder, 'state');
  const env = { RESOURCE_MANAGER_DIR: dir, HOME: folder };
  const bin = (name: string, ...args: string[]) => run(join(folder, 'node_modules/.bin', name), args, folder, env);
  for (const name of Object.keys(manifest.bin)) {
    expect(bin(name, '--version').stdout).toBe(`${manifest.version}\n`);
    expect(bin(name, '--help').stdout).toMatch(/^[\w-]+: .+\n\nExamples:\n/);
  }
  expect(bin('resource-manager', 'init', '--max', '20', '--per-project', '20').status).toBe(0);
  expect(bin('supervisor-request-slots', 'consilio', '5').stdout).toContain(
    '✅ Granted 5 slots to consilio (5/20 used)',
  );
  expect(bin('resource-manager', 'report', '--html', '-').stdout).toMatch(/^<!DOCTYPE html>[\s\S]+<\/html>\n$/);
  expect(bin('resource-set-max', '30').stdout).toContain('✅ Max slots increased: 20 → 30');
  expect(bin('resource-status').stdout).toContain('consilio: 5 agents');
  expect(bin('resource-manager', 'integrate', 'codex', '-n').stdout).toContain('hook session-start');
  expect(bin('supervisor-release-slots', 'consilio', '5').stdout).toContain('✅ Released 5 slots from consilio');

  writeFileSync(
    join(folder, 'use.mjs'),
    `import { EXIT, openResourceManager } from 'agent-resource-manager';
     const manager = openResourceManager({ dir: ${JSON.stringify(dir)} });
     const { outcome } = await manager.request('odin', 2);
     console.log(outcome, EXIT.notNow, (await manager.status()).slots.used);`,
  );
  expect(run(process.execPath, ['use.mjs'], folder).stdout).toBe('granted 75 2\n');
  writeFileSync(join(folder, 'use.cjs'), `console.log(typeof require('agent-resource-manager').openResourceManager);`);
  expect(run(process.execPath, ['use.cjs'], folder).stdout).toBe('function\n');

  writeFileSync(
    join(folder, 'use.mts'),
    `import { openResourceManager, type RequestJson, type ResourceManager } from 'agent-resource-manager';
     const manager: ResourceManager = openResourceManager();
     const answer: RequestJson = await manager.wait('odin', 2, { timeoutMs: 5 });
     const lease: string | null = answer.lease;
     // @ts-expect-error a count is a number
     await manager.request('odin', '2');
     export { lease };`,
  );
  const types = run(
    process.execPath,
    [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '--noEmit',
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--types',
      '',
      'use.mts',
    ],
    folder,
  );
  expect(types.all).toBe('');
});
