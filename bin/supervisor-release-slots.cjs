#!/usr/bin/env node
'use strict';
require('../dist/launch.cjs').launch('supervisor-release-slots', process.exit, 'slots');
