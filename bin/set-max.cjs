#!/usr/bin/env node
'use strict';
require('../dist/launch.cjs').launch('set-max', process.exit);
