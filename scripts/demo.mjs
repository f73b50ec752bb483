/**
 * A demonstration on real processes: three projects want twelve agents from a pool of ten. It works in a temporary folder
 * and removes it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin');
const dir = mkdtempSync(join(tmpdir(), 'resource-manager-demo-'));
const env = { ...process.env, RESOURCE_MANAGER_DIR: dir };
delete env.RESOURCE_MANAGER_LEASE;
const children = [];

/** A supervisor: a process that lives while its agents work. */
function supervisor() {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  children.push(child);
  return child;
}

const path = (command) => join(bin, `${command}.cjs`);

function show(line, args = []) {
  console.log(`$ ${line}`);
  const [command, ...words] = line.split(' ');
  const { stdout, stderr } = spawnSync(process.execPath, [path(command), ...words, ...args], { encoding: 'utf8', env });
  console.log(`${stdout}${stderr}`);
}

try {
  spawnSync(process.execPath, [path('resource-manager'), 'init', '--max', '10', '--per-project', '5'], { env });
  const consilio = supervisor();
  const openhorizon = supervisor();
  const odin = supervisor();
  show('request-slots consilio 5 --agents auth,dashboard,api,tests,deploy', ['--pid', String(consilio.pid)]);
  show('request-slots openhorizon 3 --agents landing,contact,blog', ['--pid', String(openhorizon.pid)]);

  console.log('$ request-slots odin 4 --wait &');
  const waiter = spawn(process.execPath, [path('request-slots'), 'odin', '4', '--wait', '--pid', String(odin.pid)], {
    env,
  });
  children.push(waiter);
  let answer = '';
  waiter.stdout.on('data', (text) => {
    answer += text;
  });
  const done = new Promise((resolve) => waiter.once('close', resolve));
  await new Promise((resolve) => waiter.stderr.once('data', (text) => resolve(process.stdout.write(`${text}\n`))));

  show('resource-status');
  console.log('# the supervisor of openhorizon ends, without giving anything back');
  openhorizon.kill();
  await done;
  console.log(answer);
  show('resource-status');
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
