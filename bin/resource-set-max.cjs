#!/usr/bin/env node
'use strict';
require('../dist/launch.cjs').launch('resource-set-max', process.exit);
