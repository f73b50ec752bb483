#!/usr/bin/env node
'use strict';
require('../dist/launch.cjs').launch('report-usage', process.exit);
