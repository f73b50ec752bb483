'use strict';
/**
 * Preloaded into a command to make it fail at one file operation on the state. FAULT is `{"at": 3, "do": "kill"}`: before the
 * third operation the process kills or stops itself, or the operation throws the error code that `do` names. `names`
 * and `path`, the end of a path, limit which operations count. `log` is a file that gets the name of each operation, for counting them.
 */
const fs = require('node:fs');

const fault = JSON.parse(process.env.FAULT ?? '{}');
const OPERATIONS = [
  'openSync',
  'readFileSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'statSync',
  'fstatSync',
  'fchmodSync',
  'mkdirSync',
  'readdirSync',
];
const dir = process.env.RESOURCE_MANAGER_DIR;
const append = fs.appendFileSync;
const open = new Set();
let count = 0;

/** The path of an entry that is reached through an opened folder. */
const named = (path) =>
  String(path).replace(/^\/proc\/self\/fd\/\d+/, (folder) => {
    try {
      return fs.readlinkSync(folder);
    } catch {
      return folder;
    }
  });

for (const name of OPERATIONS) {
  const real = fs[name];
  fs[name] = function (...args) {
    const isOurs = typeof args[0] === 'number' ? open.has(args[0]) : named(args[0]).startsWith(dir);
    if (isOurs && (fault.names ?? OPERATIONS).includes(name) && String(args[0]).endsWith(fault.path ?? '')) {
      count += 1;
      if (fault.log) append(fault.log, `${name}\n`);
      if (count === fault.at) {
        if (fault.do === 'kill') process.kill(process.pid, 'SIGKILL');
        else if (fault.do === 'stop') process.kill(process.pid, 'SIGSTOP');
        else throw Object.assign(new Error(`${fault.do}: made to fail`), { code: fault.do });
      }
    }
    const result = real.apply(this, args);
    if (name === 'openSync' && isOurs) open.add(result);
    if (name === 'closeSync') open.delete(args[0]);
    return result;
  };
}
