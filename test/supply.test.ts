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
const { dependencies, devDependencies, allowScripts, scripts } = read('package.json');
const packages = Object.entries(read('package-lock.json').packages as Record<string, Locked>).filter(
  ([name]) => name !== '',
);
const atRunTime = packages.filter(([, { dev }]) => !dev);

describe('C19: the packages', () => {
  test('are named by exact versions, and locked at these', () => {
    const locked = new Map(packages);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
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
    const scripted = (all: typeof packages) =>
      all.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name);
    expect(scripted(atRunTime)).toEqual([]);
    expect(scripted(packages)).toEqual(['node_modules/node']);
    expect(allowScripts).toEqual({ node: true });
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name);
  });

  test('are few: what runs needs less than fifty', () => {
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(15);
    expect(atRunTime.length).toBeLessThan(50);
  });
});
