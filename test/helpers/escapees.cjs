'use strict';
/**
 * An agent that starts nine processes, each of which leaves its tree in another way, writes their pids to a
 * file, and keeps running. Run as: node escapees.cjs FILE
 */
const { spawn } = require('node:child_process');

const [, , file] = process.argv;
/** Each process appends its name and pid to the file, then sleeps. */
const LIVE = `echo "$0 $$" >> "${file}"; exec sleep 600`;
const sh = (script, options = {}) =>
  spawn('sh', ['-c', script], { stdio: 'ignore', ...options }).on('error', () => process.exit(1));
const named = (name) => `sh -c '${LIVE.replaceAll("'", "'\\''")}' ${name}`;

sh(`exec ${named('plain')}`);
sh(`nohup ${named('nohup')} >/dev/null 2>&1 & wait`);
sh(`setsid ${named('setsid')} & wait`);
// In its own group, whose leading shell has ended.
spawn('bash', ['-c', `set -m; (${named('own-group')} &) `], { stdio: 'ignore' });
sh(`(${named('double-fork')} &)`);
sh(`(setsid ${named('setsid-double-fork')} &)`);
const RETITLED = `process.title = 'x'.repeat(4000); require('fs').appendFileSync(${JSON.stringify(file)}, 'retitled ' + process.pid + '\\n'); setInterval(() => {}, 1e9)`;
sh(`(setsid "${process.execPath}" -e "$CODE" &)`, { env: { ...process.env, CODE: RETITLED } });
sh(`(setsid env -i PATH="$PATH" ${named('env-i')} &)`);
// Overwrites the memory of its environment, as daemons do that set their title.
const ZEROED = `
import ctypes, os, re, time
environ = open('/proc/self/stat').read().rsplit(')', 1)[1].split()
start, end = int(environ[47]), int(environ[48])
ctypes.memset(start, 0, end - start)
open(${JSON.stringify(file)}, 'a').write('zeroed %d\\n' % os.getpid())
time.sleep(600)
`;
sh(`(setsid python3 -c "$CODE" &)`, { env: { ...process.env, CODE: ZEROED } });
setInterval(() => {}, 1e9);
