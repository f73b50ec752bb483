'use strict';
/**
 * The minimum cost of a durable change of the state: the file operations of one transaction, without a decision.
 * Run as a program it measures them in a bare process.
 */
const fs = require('node:fs');
const path = require('node:path');

function makeLock(dir) {
  fs.mkdirSync(path.join(dir, 'floor.lock', 'free'), { recursive: true });
}

function write(file, text, isDurable) {
  const fd = fs.openSync(file, 'w');
  fs.writeSync(fd, text);
  if (isDurable) fs.fsyncSync(fd);
  fs.closeSync(fd);
}

function change(dir) {
  const slots = path.join(dir, 'slots.yaml');
  const free = path.join(dir, 'floor.lock', 'free');
  const held = path.join(dir, 'floor.lock', 'held');
  fs.readFileSync(path.join(dir, 'config.yaml'), 'utf8');
  fs.renameSync(free, held);
  const text = fs.readFileSync(slots, 'utf8');
  write(path.join(held, 'next'), text, true);
  fs.renameSync(path.join(held, 'next'), slots);
  const folder = fs.openSync(dir, 'r');
  fs.fsyncSync(folder);
  fs.closeSync(folder);
  write(path.join(held, 'next.bak'), text, false);
  fs.renameSync(path.join(held, 'next.bak'), `${slots}.bak`);
  fs.renameSync(held, free);
}

module.exports = { change, makeLock };
if (require.main === module) change(process.env.RESOURCE_MANAGER_DIR);
