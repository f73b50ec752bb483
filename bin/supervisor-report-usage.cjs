#!/usr/bin/env node
'use strict';
require('../dist/launch.cjs').launch('supervisor-report-usage', process.exit);
