// docs/twins.md: every curl line in it runs, and its table names every place where the twins had to choose.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { READINGS } from '../../src/sandbox/index.ts';
import { useSandbox } from './fixtures.ts';

const talk = useSandbox({ rateLimits: true, idleAfterMs: 1500 });
const text = readFileSync('docs/twins.md', 'utf8');
const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(match => match[1] ?? '');
/** One command each: a line that begins with curl, and those that belong to it. */
const commands = blocks.flatMap(block => block.split(/^(?=curl )/m)).filter(part => part.startsWith('curl '));
const variables = blocks.find(block => block.startsWith('TWINS=')) ?? '';
const run = promisify(execFile);

describe('the examples', () => {
  it('run one after the other', async () => {
    expect(commands.length).toBeGreaterThan(25);
    for (const command of commands) {
      const isRefused = /# refused/.test(command);
      const script = `${variables.replace(/^TWINS=.*$/m, `TWINS=${talk().sandbox.url}`)}${command.replace(
        /^curl /,
        "curl --silent --show-error --max-time 20 --noproxy '*' --write-out '\\n%{http_code}' ",
      )}`;
      const { stdout } = await run('sh', ['-c', script]);
      const end = stdout.lastIndexOf('\n');
      const [body, status] = [stdout.slice(0, end), Number(stdout.slice(end + 1))];
      expect([200, 201, 202, 204].includes(status), `${command}${stdout}`).toBe(!isRefused);
      if (status !== 204) expect(JSON.parse(body), command).toEqual(expect.any(Object));
    }
  });

  it('leave what they say they leave', async () => {
    const { body } = await talk().twin('GET', '/state');
    expect(body.scrip.events_by_name.thank_you).toBeGreaterThan(50);
    expect(body.scrip.ledger.by_rule['What an event carries in points']).toBeGreaterThan(500);
    expect(body.trustpager.credits).toBe(100);
    expect((await talk().twin('GET', '/readings')).body.readings).toMatchObject({
      no_credits: '402',
      validation: '422',
    });
  });
});

describe('the table', () => {
  const rows = text
    .split('\n')
    .filter(line => /^\| (both|Scrip|TrustPager) \|/.test(line))
    .map(line => line.split(/(?<!\\)\|/).map(cell => cell.trim()));

  it('names every file in which the pages were silent, and no other', () => {
    const files = readdirSync('src/sandbox', { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts') && name !== 'readings.ts')
      .filter(name => /silent[.:]|INFERRED/.test(readFileSync(`src/sandbox/${name}`, 'utf8')));
    const named = rows.map(cells => cells[5]?.replaceAll('`', ''));
    expect([...new Set(named)].sort()).toEqual([...new Set(files)].sort());
  });

  it('has every reading with its values, the default first', () => {
    const switches = rows.flatMap(cells => (cells[4] ? [cells[4]] : []));
    expect(switches.sort()).toEqual(
      Object.entries(READINGS)
        .map(([name, values]) => `\`${name}\`: ${values.map(value => `\`${value}\``).join(', ')}`)
        .sort(),
    );
  });

  it('names every key', async () => {
    const { TRUSTPAGER_KEYS, SCRIP_KEYS } = await import('../../src/sandbox/index.ts');
    for (const key of [...Object.values(TRUSTPAGER_KEYS), SCRIP_KEYS.full]) expect(text).toContain(key);
  });
});
