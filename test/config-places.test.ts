// Where state is kept, what counts as unset, and what the certificate switch means: the settings that depend on the machine.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultStateFolder, isUnset, readConfig } from '../src/config.ts';

describe('C17 R11: certificate checks switched off', () => {
  const env: Record<string, string> = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const [scrip, trustpager] = ['http://127.0.0.1:1', 'http://localhost:2/x'];

  test('are refused where a vendor is somewhere else', () => {
    for (const more of [{}, { SCRIP_BASE_URL: scrip }, { TRUSTPAGER_BASE_URL: trustpager }])
      expect(() => readConfig({}, { ...env, ...more })).toThrow(/^NODE_TLS_REJECT_UNAUTHORIZED=0 .*Unset it\.$/);
  });

  test('do not matter on loopback', () => {
    expect(readConfig({}, { ...env, SCRIP_BASE_URL: scrip, TRUSTPAGER_BASE_URL: trustpager }).scripBaseUrl).toBe(scrip);
    expect(readConfig({}, { NODE_TLS_REJECT_UNAUTHORIZED: '1' }).port).toBe(8787);
  });
});

describe('where state is kept when nothing was said', () => {
  const name = 'automations-mcp';
  const local = join(homedir(), '.local', 'state', name);
  test.each<[NodeJS.Platform, Record<string, string>, string]>([
    ['linux', {}, local],
    ['linux', { XDG_STATE_HOME: '/var/state' }, join('/var/state', name)],
    ['linux', { XDG_STATE_HOME: '' }, local],
    ['linux', { XDG_STATE_HOME: 'relative/state' }, local],
    ['freebsd', {}, local],
    ['darwin', { XDG_STATE_HOME: '/var/state' }, join(homedir(), 'Library', 'Application Support', name)],
    ['win32', {}, join(homedir(), 'AppData', 'Local', name)],
    ['win32', { LOCALAPPDATA: join('/c', 'Local') }, join('/c', 'Local', name)],
    ['win32', { LOCALAPPDATA: '' }, join(homedir(), 'AppData', 'Local', name)],
  ])('%s with %j', (platform, env, folder) => {
    expect(defaultStateFolder(env, platform)).toBe(folder);
  });
});

test.each([
  [undefined, true],
  ['', true],
  [' ', true],
  ['$\u007bX}', true],
  ['$\u007bX', false],
  ['a $\u007bX}', false],
  ['$X', false],
  ['0', false],
  ['null', false],
])('%j is unset: %s', (value, unset) => expect(isUnset(value)).toBe(unset));
