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

// What was compiled once is kept for the next start, where the platform keeps such things: not in Node's own default, a folder that others
// may write to as well. Node does nothing where it cannot be written, or NODE_DISABLE_COMPILE_CACHE is set.
var path = require('node:path');
var keep = require('node:module').enableCompileCache;
var home = process.env.HOME || '';
var caches = {
  win32: process.env.LOCALAPPDATA || '',
  darwin: home && path.join(home, 'Library', 'Caches'),
}[process.platform];
if (caches === undefined) caches = process.env.XDG_CACHE_HOME || (home && path.join(home, '.cache'));
if (keep && path.isAbsolute(caches)) keep(path.join(caches, 'automations-mcp'));

require('./main.cjs');
