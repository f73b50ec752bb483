#!/usr/bin/env node
'use strict';
const [, , verb, ...words] = process.argv;
// Hooks run before every tool call of every agent, so they load the rest only if there is something to do.
if (/^(?:hook|statusline|subagent-statusline)$/.test(verb) && !words.some((word) => /^-(?!-dir\b)/.test(word)))
  require('../dist/hook.cjs').firstLook(verb, words, process.exit);
else require('../dist/launch.cjs').launch('resource-manager', process.exit);
