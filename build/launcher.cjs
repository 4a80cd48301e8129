#!/usr/bin/env node
// What is started first: the program, where Node is new enough for it, and one line where it is not. The oldest Node must be able to read this.
'use strict';
var wanted = [22, 19];
var has = process.versions.node.split('.').map(Number);
if (has[0] < wanted[0] || (has[0] === wanted[0] && has[1] < wanted[1])) {
  process.stderr.write(
    'automations-mcp: needs Node ' +
      wanted.join('.') +
      ' or newer, and this is Node ' +
      process.versions.node +
      ' at ' +
      process.execPath +
      '\n',
  );
  process.exit(1);
}
require('./main.cjs');
