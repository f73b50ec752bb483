#!/usr/bin/env node
'use strict';
const [, , verb, ...words] = process.argv;
// Hooks come before every tool call of every agent: they look whether there is anything to do before they load it.
if (/^(?:hook|statusline|subagent-statusline)$/.test(verb) && !words.some((word) => /^-(?!-dir\b)/.test(word)))
  require('../dist/hook.cjs').firstLook(verb, words, process.exit);
else require('../dist/launch.cjs').launch('resource-manager', process.exit);
