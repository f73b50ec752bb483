'use strict';
/**
 * Starts the bundle with V8's code cache: a cold process otherwise spends most of its time compiling. The cache is
 * written once per command and version of Node, beside the bundle or, where that folder is not ours, in the user's
 * own cache folder. V8 itself rejects a cache that does not fit; then, and whenever anything is wrong with it, the
 * bundle is simply compiled.
 */
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** Which bundle a cache is of; V8 itself only compares the length of the source. */
const BUILD = 'BUILD_ID';

/** The commands of the small bundles; everything else is in the one that has all. */
const SMALL = {
  request: 'slots',
  release: 'slots',
  status: 'slots',
  queue: 'slots',
  cancel: 'slots',
  'set-max': 'slots',
  budget: 'budgets',
  'report-usage': 'budgets',
  check: 'budgets',
  throttle: 'budgets',
  stop: 'budgets',
  resume: 'budgets',
  run: 'run',
  'request-slots': 'slots',
  'supervisor-request-slots': 'slots',
  'release-slots': 'slots',
  'supervisor-release-slots': 'slots',
  'supervisor-report-usage': 'budgets',
  'resource-status': 'slots',
  'resource-set-max': 'slots',
};

function bundleOf(command) {
  if (command === 'hook') return path.join(__dirname, 'attend.cjs');
  const called = command === 'resource-manager' ? process.argv[2] : command;
  const isSmall = Object.hasOwn(SMALL, called ?? '') && !process.argv.includes('--from-claude');
  const name = isSmall && process.platform === 'linux' ? SMALL[called] : 'main';
  return path.join(__dirname, `${name}.cjs`);
}

/** Where a cache for this command may be, best first. */
function places(command, kind) {
  const { modules, v8 } = process.versions;
  const [, , verb = ''] = process.argv;
  const isVerb = command === 'resource-manager' && /^[a-z-]{1,20}$/.test(verb);
  const called = kind ? `${command}-${kind}` : isVerb ? `${command}-${verb}` : command;
  const name = `${called}.${BUILD}.${modules}.${v8}.${process.arch}.cache`;
  const found = [path.join(__dirname, 'cache', name)];
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, '.cache'));
  if (home) found.push(path.join(home, 'agent-resource-manager', name));
  return found;
}

function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

function write(script, candidates) {
  for (const file of candidates) {
    const draft = `${file}.${process.pid}`;
    try {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(draft, script.createCachedData(), { mode: 0o644 });
      fs.renameSync(draft, file);
      return;
    } catch {
      try {
        fs.unlinkSync(draft);
      } catch {
        // It was never made.
      }
    }
  }
}

/** The bundle's exports, run with what is left of earlier compilations. */
function load(file, candidates) {
  const source = fs.readFileSync(file, 'latin1');
  const cachedData = read(candidates[0]) ?? (candidates[1] && read(candidates[1]));
  const script = new vm.Script(source, { filename: file, cachedData });
  const bundle = { exports: {} };
  if (cachedData === undefined || script.cachedDataRejected) {
    // Only a run that got as far as its command has compiled what the next one needs.
    process.once('exit', () => bundle.exports.hasRun() && write(script, candidates));
  }
  script.runInThisContext()(bundle.exports, require, bundle);
  return bundle.exports;
}

/** Answers an event of a hook: of which kind, under which word, what was read. */
async function answer(kind, word, text) {
  await load(bundleOf('hook'), places('hook', kind)).main(word, path.join(__dirname, '..'), text);
  // All is written; taking the heap apart piece by piece would cost another millisecond.
  process.exit();
}

/** Runs the bundle's main for the command that was called. */
module.exports = (command, ...event) => {
  if (command === 'hook') return answer(...event);
  return load(bundleOf(command), places(command)).main(command, path.join(__dirname, '..'));
};
