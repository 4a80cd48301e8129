// The log of a real process: JSON lines on fd 2 and nowhere else, without any form of a secret, and never in the program's way.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levels } from '../src/log.ts';

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Runs a few lines with a log in a process of its own. */
async function logged(
  script: string,
  options: { level?: string; secrets?: string[]; deaf?: boolean; input?: unknown },
) {
  const { level = 'debug', secrets = [], deaf = false, input = null } = options;
  const source = `
    import { text } from 'node:stream/consumers';
    import { createLog } from ${url('../src/log.ts')};
    import { redactor } from ${url('../src/redact.ts')};
    const input = JSON.parse(await text(process.stdin));
    const log = createLog(${JSON.stringify(level)}, redactor(${JSON.stringify(secrets)}));
    ${script}
    await new Promise(done => setTimeout(done, 50));
    process.stdout.write('over');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'pipe',
  });
  if (deaf) child.stderr.destroy();
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  child.stdin.end(JSON.stringify(input));
  const code = await new Promise(resolve => child.once('close', resolve));
  return {
    code,
    stdout,
    stderr,
    lines: stderr
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line)),
  };
}

describe('log', () => {
  test.concurrent('P17 R16: writes JSON lines to fd 2, and nothing to stdout', async () => {
    const { code, stdout, lines } = await logged(
      `log.debug({ n: 1 }, 'one'); log.info({ n: 2 }, 'two'); log.warn({ n: 3 }, 'three\\nlines'); log.error({ n: 4 }, 'four');`,
      {},
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'over' });
    expect(lines.map(({ level, n, msg, name }) => [level, n, msg, name])).toEqual([
      [20, 1, 'one', 'automations-mcp'],
      [30, 2, 'two', 'automations-mcp'],
      [40, 3, 'three\nlines', 'automations-mcp'],
      [50, 4, 'four', 'automations-mcp'],
    ]);
    for (const { time, pid } of lines) {
      expect(new Date(time).toISOString()).toBe(time);
      expect(pid).toEqual(expect.any(Number));
    }
  });

  test.concurrent.each(levels.map((level, at) => ({ level, at })))('level $level', async ({ level, at }) => {
    const all = levels.filter(name => name !== 'silent');
    const { lines, stderr } = await logged(`for (const level of ${JSON.stringify(all)}) log[level]({}, level);`, {
      level,
    });
    expect(lines.map(({ msg }) => msg)).toEqual(all.slice(at));
    if (level === 'silent') expect(stderr).toBe('');
  });

  test.concurrent('P17 C2 R16: no form of a secret reaches a line, whatever is logged, and every line stays JSON', async () => {
    const secrets = fc.sample(fc.stringMatching(/^(sk_|tp_live_)[A-Za-z0-9_-]{12,40}$/), { numRuns: 12, seed: 7 });
    const said = fc.sample(fc.tuple(fc.constantFrom(...secrets), fc.string(), fc.jsonValue()), {
      numRuns: 60,
      seed: 7,
    });
    const { stdout, stderr, lines } = await logged(
      `for (const [secret, words, value] of input) {
        const bytes = Buffer.from(words + secret + words);
        log.info({ [secret]: { deep: [secret, value] }, json: JSON.stringify({ secret }), hex: bytes.toString('hex') }, words + secret);
        log.warn({ base64: bytes.toString('base64'), url: 'https://x.test/?k=' + encodeURIComponent(secret) }, 'Bearer ' + secret);
        log.error({ err: new Error('key ' + secret, { cause: new Error(secret) }), headers: { authorization: 'Bearer ' + secret } }, secret);
      }`,
      { secrets, input: said },
    );
    expect(stdout).toBe('over');
    expect(lines).toHaveLength(said.length * 3);
    for (const secret of secrets) {
      expect(stderr).not.toContain(secret);
      expect(stderr).not.toContain(Buffer.from(secret).toString('hex'));
      expect(stderr).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
      for (const { base64 } of lines)
        if (base64)
          expect(Buffer.from(base64.replace('[secret]', ''), 'base64').toString('latin1')).not.toContain(secret);
    }
  });

  test.concurrent('C3: an error is its kind, its code and its place, never its words', async () => {
    const { lines } = await logged(
      `const err = Object.assign(new TypeError('Zaunkoenig'), { code: 'EX' }); err.cause = new Error('Zaunkoenig', { cause: err });
       log.error({ err }, 'x'); log.error({ err: 'Zaunkoenig' }, 'y'); log.error({ err: { stack: 'Zaunkoenig' } }, 'z');`,
      {},
    );
    expect(lines[0].err).toMatchObject({
      type: 'TypeError',
      code: 'EX',
      at: expect.arrayContaining([expect.stringMatching(/^at /)]),
    });
    expect(lines[0].err.cause).toMatchObject({ type: 'Error', cause: { type: 'TypeError', code: 'EX' } });
    expect(lines.slice(1).map(({ err }) => err)).toEqual([{ type: 'string' }, { type: 'object' }]);
    expect(JSON.stringify(lines)).not.toContain('Zaunkoenig');
  });

  test.concurrent('nothing that is logged can break the program', async () => {
    const { code, stdout } = await logged(
      `const circle = {}; circle.itself = circle;
       for (const fields of [circle, { n: 1n }, { get x() { throw new Error('no'); } }, { toJSON() { throw new Error('no'); } },
         { f() {} }, { s: Symbol('s') }, { d: new Date(NaN) }, Object.create(null), null, undefined, 'text', 7]) log.error(fields, 'odd');
       log.error({}, undefined);`,
      {},
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'over' });
  });

  test.concurrent('a stderr that nobody reads any more swallows the lines', async () => {
    const { code, stdout } = await logged(
      `await new Promise(done => setTimeout(done, 50)); for (let n = 0; n < 500; n++) log.error({ n, pad: 'x'.repeat(1000) }, 'x');`,
      { deaf: true },
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'over' });
  });
});
