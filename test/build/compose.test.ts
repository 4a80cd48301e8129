// The compose file: what it sets exists, what is secret comes from files, and nobody sees more than is meant for them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readOperator } from '../../src/cli/operator-file.ts';
import { readConfig } from '../../src/config.ts';
import { type Setting, settings } from '../../src/settings.ts';
import { addressOf } from '../../src/store/postgres-address.ts';
import { root } from '../imports.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = read('docs/hosting.md');

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

  test('docs/hosting.md makes each of these files, and shows an operator’s file that is right', async () => {
    for (const name of Object.keys(secrets)) expect(page).toContain(`> ${name}`);
    const yaml = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)]
      .map(([, text = '']) => text)
      .find(text => /^principals:/m.test(text));
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    try {
      writeFileSync(join(folder, 'automations.yaml'), yaml ?? '');
      const operator = await readOperator(join(folder, 'automations.yaml'));
      expect(operator.principals?.map(({ id }) => id)).toEqual(['night-agent', 'ada']);
      const files = operator.connections?.map(({ key_file }) => key_file);
      expect(files).toEqual(
        automations.secrets
          .filter((name: string) => name.endsWith('_key'))
          .map((name: string) => `/run/secrets/${name}`),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what it sets, with files such as the page makes, is what a server starts with', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    const hex = 'c0ffee'.repeat(8);
    const address = /printf '(postgres:[^']+)'/.exec(page)?.[1]?.replace('%s', hex) ?? '';
    const held: Record<string, string> = { store: address, metrics_token: hex };
    try {
      const env = Object.fromEntries(
        environment(automations).map(([name, value]) => {
          const file = /^\/run\/secrets\/(\w+)$/.exec(value)?.[1];
          if (file === undefined)
            return [name, value.replace(/^\$\{AUTOMATIONS_PUBLIC_URL:.*$/, 'https://automations.example.com')];
          writeFileSync(join(folder, file), held[file] ?? '');
          return [name, join(folder, file)];
        }),
      );
      const config = readConfig({}, env);
      expect(config).toMatchObject({ http: true, host: '0.0.0.0', metricsHost: '0.0.0.0', metricsToken: hex });
      expect(addressOf(config.store ?? '')).toMatchObject({ host: 'database', database: 'automations', ssl: false });
      expect(config.publicUrl).toBe('https://automations.example.com');
      // A container is given longer to end than the server takes.
      expect(Number.parseInt(automations.stop_grace_period, 10)).toBeGreaterThan(config.lameDuck + config.grace);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
