'use strict';
/**
 * Requests and releases slots repeatedly, one command per step, as a shell script does. Writes its leases to a
 * log that no part of the package reads. The exit code is the number of failed steps, at most 100.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

const [request, release, project, pairs, holdMs, logPath] = process.argv.slice(2);
const log = fs.openSync(logPath, 'a');
const note = (sign, lease) => fs.writeSync(log, `${sign} ${lease} ${process.hrtime.bigint()}\n`);
const pause = new Int32Array(new SharedArrayBuffer(4));
let errors = 0;

function step(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...words, '--json'], { encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout);
  errors += 1;
  process.stderr.write(`${project}: ${words.slice(1).join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return null;
}

for (let pair = 0; pair < Number(pairs); pair += 1) {
  const answer = step(request, project, '1', '--wait', '--pid', String(process.pid));
  if (answer === null) continue;
  note('+', answer.lease);
  // Stands for the work; without it the log would show no slot held for any time.
  Atomics.wait(pause, 0, 0, Number(holdMs));
  note('-', answer.lease);
  step(release, project, '--lease', answer.lease);
}
process.exitCode = Math.min(errors, 100);
