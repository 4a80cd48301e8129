// Where something secret is compared: always whole digests, in constant time, once per guess, whatever the guess looks like (P4).
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { same } from '../../src/approvals/approvals.ts';
import { openTickets } from '../../src/approvals/page-tickets.ts';
import { connect } from '../fixtures.ts';
import { sources } from '../imports.ts';
import { confirmed, fireDigest, post } from '../server/wire.ts';

const compared = vi.hoisted(() => [] as number[][]);
vi.mock('node:crypto', async original => {
  const crypto = await original<typeof import('node:crypto')>();
  return {
    ...crypto,
    timingSafeEqual(a: Uint8Array, b: Uint8Array) {
      compared.push([a.byteLength, b.byteLength]);
      return crypto.timingSafeEqual(a, b);
    },
  };
});
beforeEach(() => void compared.splice(0));

/** Digests of 256 bits, so that neither the length nor the place of the first difference shows. */
const one = [[32, 32]];
const guesses = (right: string) => [
  '',
  'x',
  right.slice(0, -1),
  `${right}x`,
  `x${right.slice(1)}`,
  `${right.slice(0, -1)}x`,
  'x'.repeat(4_000),
  'ü\ud800\0',
];

describe('P4: compared in constant time', () => {
  test('the page’s secret and its cookie, also where there is no such page', () => {
    const tickets = openTickets(() => {});
    const of = { question: 'q', file: 'f', expires_at: 1 };
    for (const guess of guesses('A'.repeat(43))) {
      const { ticket } = tickets.make(of);
      for (const place of [ticket.place, 'nowhere']) {
        compared.splice(0);
        expect(tickets.redeem(place, guess)).toBeUndefined();
        expect(compared).toEqual(one);
      }
    }
    const { ticket, secret } = tickets.make(of);
    const opened = tickets.redeem(ticket.place, secret);
    const cookie = typeof opened === 'object' ? opened.cookie : '';
    for (const place of [ticket.place, 'nowhere'])
      for (const guess of guesses(cookie)) {
        compared.splice(0);
        expect(tickets.held(place, [guess])).toBeUndefined();
        expect(compared).toEqual(one);
      }
    // All of several are compared; the right one does not end it early.
    compared.splice(0);
    expect(tickets.held(ticket.place, ['a', cookie, 'b'])).toBe(ticket);
    expect(compared).toEqual([...one, ...one, ...one]);
  });

  test('the page’s own token, its words, and the ids of questions', () => {
    expect(same('right', 'right')).toBe(true);
    for (const guess of guesses('right')) {
      compared.splice(0);
      expect(same('right', guess)).toBe(false);
      expect(compared).toEqual(one);
    }
  });

  test('the seal of what travels through a client, by WebCrypto’s own verification', async () => {
    const verify = vi.spyOn(globalThis.crypto.subtle, 'verify');
    try {
      await using f = await connect();
      const { state = '' } = await post(f.url ?? '', fireDigest);
      expect(verify).not.toHaveBeenCalled();
      const [version, payload, mac = ''] = state.split('.');
      const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
      for (const forged of [flipped, mac.slice(0, 8), '', mac.repeat(2)]) {
        verify.mockClear();
        const requestState = `${version}.${payload}.${forged}`;
        const reply = await post(f.url ?? '', { ...fireDigest, requestState, inputResponses: confirmed() });
        expect(reply.error?.code).toBe(-32602);
        expect(verify).toHaveBeenCalledTimes(1);
      }
      verify.mockClear();
      const reply = await post(f.url ?? '', { ...fireDigest, requestState: state, inputResponses: confirmed() });
      expect(reply.said.structured.outcome).toBe('done');
      expect(verify).toHaveBeenCalledTimes(1);
    } finally {
      verify.mockRestore();
    }
  });

  test('nothing that is named like a secret is compared by an operator', () => {
    const name = String.raw`\b[\w.]*(?:secret|csrf|cookie|bearer|token|password|phrase|\bmac)`;
    const value = String.raw`(?!undefined|null|''|0)[\w.('"\`]`;
    const by = new RegExp(`${name}\\)? [!=]==? ${value}|${value}[\\w.()]* [!=]==? ${name}\\b`, 'i');
    const found = sources('src', 'tools')
      .filter(({ file }) => !file.startsWith('src/sandbox/'))
      .flatMap(({ file, text }) =>
        text.split('\n').flatMap(line => (by.test(line) ? [`${file}: ${line.trim()}`] : [])),
      );
    // The name of a cookie is no secret.
    expect(found.filter(line => !line.includes('name === COOKIE'))).toEqual([]);
    for (const line of ['if (secret === given)', 'given.secret !== ticket.secret', 'a == csrf', 'said === cookie'])
      expect(by.test(line)).toBe(true);
  });
});
