'use strict';
/**
 * Reads a file repeatedly, as a collector does, until standard input ends. Prints the number of reads, of incomplete
 * reads and of different contents.
 */
const fs = require('node:fs');

const [, , path] = process.argv;
const seen = new Set();
let reads = 0;
let broken = 0;
let isOver = false;

function read() {
  const text = fs.readFileSync(path, 'utf8');
  const [first = ''] = text.split('\n', 1);
  reads += 1;
  if (!text.endsWith(`${first}\nend\n`)) broken += 1;
  seen.add(first);
  if (reads === 1) process.stdout.write('reading\n');
  if (isOver) process.stdout.write(`${JSON.stringify({ reads, broken, different: seen.size })}\n`);
  else setImmediate(read);
}

process.stdin.resume().on('end', () => {
  isOver = true;
});
read();
