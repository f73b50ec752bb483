#!/usr/bin/env node
'use strict';
require('../dist/launch.cjs').launch('resource-status', process.exit);
