#!/usr/bin/env node
'use strict';
const [, , verb, ...words] = process.argv;
const launch = (...more) => require('../dist/launch.cjs')(...more);
// Hooks come before every tool call of every agent: they look whether there is anything to do before they load it.
const isHook =
  /^(?:hook|statusline|subagent-statusline)$/.test(verb) && !words.some((word) => /^-(?!-dir\b)/.test(word));
if (isHook) require('../dist/hook.cjs').firstLook(verb, words, (...more) => launch('hook', ...more));
else launch('resource-manager');
