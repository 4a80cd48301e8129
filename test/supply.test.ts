// What is installed is exactly what was looked at: versions, digests, and nothing that runs by being installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './imports.ts';

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  dev?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
}
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const { devDependencies, allowScripts, scripts, ...manifest } = read('package.json');
const packages = Object.entries(read('package-lock.json').packages as Record<string, Locked>).filter(
  ([name]) => name !== '',
);

describe('C19: the packages', () => {
  test('are named by exact versions, and locked at these', () => {
    const locked = new Map(packages);
    for (const [name, version] of Object.entries(devDependencies as Record<string, string>)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(locked.get(`node_modules/${name}`)?.version, name).toBe(version);
    }
  });

  test('each have a digest, and come from a registry alone', () => {
    for (const [name, { integrity, resolved, link }] of packages) {
      expect(integrity, name).toMatch(/^sha512-/);
      expect([resolved ?? '', link ?? false], name).toEqual(['', false]);
    }
  });

  test('run nothing when they are installed, but for the Node that development brings', () => {
    const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name);
    expect(scripted).toEqual(['node_modules/node']);
    expect(allowScripts).toEqual({ node: true });
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name);
  });

  test('are for building alone: whoever installs ours installs nothing else', () => {
    for (const kind of Object.keys(manifest)) expect(kind).not.toMatch(/dependencies/i);
    expect(packages.filter(([, { dev }]) => !dev)).toEqual([]);
  });
});
