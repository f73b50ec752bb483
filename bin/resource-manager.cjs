#!/usr/bin/env node
'use strict';
const [, , verb, ...words] = process.argv;
// Hooks come before every tool call of every agent: they look whether there is anything to do before they load it.
if (/^(?:hook|statusline|subagent-statusline)$/.test(verb) && !words.some((word) => /^-(?!-dir\b)/.test(word))) {
  const { firstLook, launch } = require('../dist/hook.cjs');
  // Taking the heap apart piece by piece would cost another millisecond.
  if (firstLook(verb, words, (...event) => launch('hook', ...event))) process.exit();
} else require('../dist/launch.cjs')('resource-manager');
