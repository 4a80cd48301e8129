// The compose file: what it sets exists, what is secret comes from files, and nobody sees more than is meant for them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Setting, settings } from '../../src/settings.ts';
import { root } from '../imports.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('compose.yaml', () => {
  const { services, secrets, configs } = parse(read('compose.yaml'));
  const { automations, database } = services;
  const environment = (service: { environment: Record<string, string> }) => Object.entries(service.environment);

  test('sets nothing but settings that exist; what is secret comes from a file that nobody else has', () => {
    const all = settings as readonly Setting[];
    const secret = all.filter(({ secret }) => secret).map(({ env }) => env);
    for (const [name] of environment(automations)) {
      const file = name.endsWith('_FILE');
      const setting = file ? name.replace(/_FILE$/, '') : name;
      expect(
        all.map(({ env }) => env),
        name,
      ).toContain(setting);
      expect(secret.includes(setting), name).toBe(file);
    }
    const files = [...environment(automations), ...environment(database)]
      .map(([, value]) => /^\/run\/secrets\/(\w+)$/.exec(value)?.[1])
      .filter(name => name !== undefined);
    const given = [...automations.secrets, ...database.secrets];
    expect(files.filter(name => !given.includes(name))).toEqual([]);
    expect(Object.keys(secrets).toSorted()).toEqual([...new Set(given)].toSorted());
    for (const { file } of Object.values<{ file: string }>(secrets)) expect(file).toMatch(/^\.\/secrets\/\w+$/);
    expect(configs.operator.file).toBe('./automations.yaml');
    expect(read('.gitignore')).toMatch(/^\/?secrets\/$/m);
  });

  test('has no default for a password, and none that could be guessed', () => {
    expect(environment(database).filter(([name]) => /PASSWORD/.test(name))).toEqual([
      ['POSTGRES_PASSWORD_FILE', '/run/secrets/database_password'],
    ]);
    expect(read('compose.yaml')).not.toMatch(/:-|postgres:\/\//);
  });

  test('shows /mcp to this machine alone, and the metrics and the database to nobody', () => {
    expect(automations.ports).toEqual(['127.0.0.1:8787:8787']);
    expect(database.ports).toBeUndefined();
    expect(automations).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });
});
