// The address of a PostgreSQL store: what it says, when the connection is encrypted, what is refused, and what must never be shown.
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { redactor } from '../../src/redact.ts';
import { addressOf } from '../../src/store/postgres-address.ts';

const read = (text: string) => {
  const { secrets: _, ...rest } = addressOf(text);
  return rest;
};

describe('an address', () => {
  test('says where the database is, as whom, and the schema in it', () => {
    expect(read('postgres://ann:pass%2Fword@db.test:6000/automations?schema=team_a')).toEqual({
      host: 'db.test',
      port: 6000,
      database: 'automations',
      user: 'ann',
      password: 'pass/word',
      ssl: { host: 'db.test', rejectUnauthorized: true },
      schema: 'team_a',
      name: 'postgres://db.test:6000/automations',
    });
    expect(read('postgresql://127.0.0.1/a')).toEqual({
      host: '127.0.0.1',
      port: 5432,
      database: 'a',
      ssl: false,
      schema: 'automations_mcp',
      name: 'postgres://127.0.0.1/a',
    });
  });

  test('may name the folder of a Unix socket', () => {
    expect(read('postgres:///a?host=/run/postgresql')).toMatchObject({ host: '/run/postgresql', ssl: false });
  });

  test.each([
    ['postgres://db.test/a', true],
    ['postgres://10.0.0.7/a', true],
    ['postgres://db.test/a?sslmode=verify-full', true],
    ['postgres://127.0.0.1/a?sslmode=verify-full', true],
    ['postgres://db.test/a?sslmode=disable', false],
    ['postgres://localhost/a', false],
    ['postgres://[::1]/a', false],
    ['postgres://localhost.evil.test/a', true],
  ])('R11: %s is encrypted and checked: %s', (text, encrypted) => {
    const { ssl, host } = addressOf(text);
    expect(ssl).toEqual(encrypted ? { host, rejectUnauthorized: true } : false);
  });

  test.each([
    'postgres://ann:s3cret-word@h/d?schema=Bad',
    'postgres://ann:s3cret-word@h/d?schema=a%3Bdrop',
    'postgres://ann:s3cret-word@h/d?schema=pg_catalog',
    'postgres://ann:s3cret-word@h/d?sslmode=require',
    'postgres://ann:s3cret-word@h/d?sslmode=prefer',
    'postgres://ann:s3cret-word@h/d?password=s3cret-word',
    'postgres://ann:s3cret-word@h/d?statement_timeout=0',
    'postgres://ann:s3cret-word%zz@h/d',
    'postgres://ann:s3cret-word@h/',
    'postgres:///d?host=db.test',
    'postgres:///d',
    'postgres://ann:s3cret-word@/d',
    'mysql://ann:s3cret-word@h/d',
    'postgres:ann:s3cret-word@h/d',
  ])('%s is refused, and not repeated', text => {
    const said = (() => {
      try {
        return addressOf(text);
      } catch (error) {
        return error;
      }
    })();
    expect(said).toBeInstanceOf(Failure);
    expect(JSON.stringify([(said as Failure).message, (said as Failure).details])).not.toContain('s3cret');
  });

  test('C2: its password is masked in whatever form it stands, and so is the whole', () => {
    const text = 'postgres://ann:s3cret%2Fword@db.test/a';
    const masks = redactor(addressOf(text).secrets);
    for (const leak of [text, 's3cret%2Fword', 's3cret/word', Buffer.from('xx s3cret/word').toString('base64')])
      expect(masks(`before ${leak} after`)).not.toContain(leak);
    // Without a password there is nothing to hide, and names stay readable.
    expect(addressOf('postgres://ann@db.test/a').secrets).toEqual([]);
    // Too short to be masked by itself, it is still masked where it stands in the address.
    expect(redactor(addressOf('postgres://ann:pw@db.test/a').secrets)('at postgres://ann:pw@db.test/a')).toBe(
      'at [secret]',
    );
  });
});
