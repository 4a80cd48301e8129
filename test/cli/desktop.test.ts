// The story of a desktop client that cannot ask its user: the call names a command, a person types it in a terminal, the identical call goes through.
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect } from '../fixtures.ts';

/** Runs a command line on a terminal of its own, and types the word that it asks for. */
function inTerminal(command: string): Promise<{ code: number | null; out: string }> {
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { PATH: process.env.PATH } });
  return new Promise((resolve, reject) => {
    let out = '';
    let typed = false;
    child.stdout.setEncoding('utf8').on('data', chunk => {
      out += chunk;
      const word = /type the word (\w+) and press Enter/.exec(out)?.[1];
      if (typed || word === undefined) return;
      typed = true;
      child.stdin.write(`${word}\r`);
    });
    child.on('error', reject);
    child.on('close', code => {
      child.stdin.destroy();
      resolve({ code, out });
    });
  });
}

test('P12: over stdio, without elicitation, from the refusal to wait any longer to one request', async () => {
  const env = { AUTOMATIONS_CALL_TIMEOUT: '1.5', AUTOMATIONS_NO_BROWSER: 'true' };
  await using f = await connect({ transport: 'stdio', era: 'legacy', clientName: 'claude-ai', env });
  const args = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
  const asked = await f.call('scrip_trigger_automation', args);
  expect(asked.structured).toMatchObject({ outcome: 'pending', code: 'approval_required', waiting_for: 'person' });
  const command = /type in a terminal: (.+?)\. After their yes/.exec(asked.text)?.[1] ?? '';
  expect(command).toContain('approvals approve');
  const { code, out } = await inTerminal(command);
  expect(out).toContain('Weekly coffee digest');
  expect(out).toContain('Approved until');
  expect(code).toBe(0);
  expect(await f.writes()).toEqual([]);
  const sent = await f.call('scrip_trigger_automation', args);
  expect(sent.structured, sent.text).toMatchObject({ outcome: 'done', automation_id: args.automation_id });
  expect(await f.writes()).toHaveLength(1);
  // Used up: the same command answers nothing any more, and the next identical call asks anew.
  expect((await inTerminal(command)).out).toContain('approved and used');
  expect(f.stderr()).toBe('');
});
