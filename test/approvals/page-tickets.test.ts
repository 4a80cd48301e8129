// Tickets: what opens a page, how often, and when the file that holds the secret goes (P4, C12).
import { expect, test } from 'vitest';
import { openTickets, type Ticket } from '../../src/approvals/page-tickets.ts';

const of = { question: 'q', file: 'f', expires_at: 1 };
const made = () => {
  const spent: Ticket[] = [];
  const tickets = openTickets(ticket => spent.push(ticket));
  return { tickets, spent, ...tickets.make(of) };
};

test('C12: places, secrets and tokens are random, 128 and 256 bits of them, and each its own', () => {
  const { tickets } = made();
  const all = Array.from({ length: 50 }, () => tickets.make({ ...of, phrase: 'a b c' }));
  const bits = (text: string) => Buffer.from(text, 'base64url').byteLength * 8;
  expect(new Set(all.flatMap(({ ticket: { place, csrf }, secret }) => [place, csrf, secret])).size).toBe(150);
  for (const { ticket, secret } of all) {
    expect([bits(ticket.place), bits(ticket.csrf), bits(secret)]).toEqual([128, 256, 256]);
    expect(ticket).toMatchObject({ ...of, phrase: 'a b c', wrong: 0 });
    expect(JSON.stringify(ticket)).not.toContain(secret);
  }
  expect(tickets.all()).toHaveLength(51);
});

test('P4: the secret opens once, for one cookie, and is spent by that', () => {
  const { tickets, ticket, secret, spent } = made();
  expect(tickets.redeem('nowhere', secret)).toBeUndefined();
  const opened = tickets.redeem(ticket.place, secret);
  expect(opened).toMatchObject({ ticket });
  expect(spent).toEqual([ticket]);
  expect(tickets.redeem(ticket.place, secret)).toBe('used');
  const cookie = typeof opened === 'object' ? opened.cookie : '';
  expect(Buffer.from(cookie, 'base64url')).toHaveLength(32);
  expect(tickets.held(ticket.place, [cookie])).toBe(ticket);
  for (const cookies of [[], ['x'], [secret]]) expect(tickets.held(ticket.place, cookies)).toBeUndefined();
  expect(tickets.held('nowhere', [cookie])).toBeUndefined();
});

test('P4: before it was opened no cookie holds it', () => {
  const { tickets, ticket, secret } = made();
  for (const cookie of ['', secret, 'x']) expect(tickets.held(ticket.place, [cookie])).toBeUndefined();
});

test('the fifth wrong secret closes a page that was not opened, and no number of them one that was', () => {
  const { tickets, ticket, secret, spent } = made();
  for (let tries = 0; tries < 4; tries++) expect(tickets.redeem(ticket.place, 'wrong')).toBeUndefined();
  expect(spent).toEqual([]);
  expect(tickets.redeem(ticket.place, secret)).toMatchObject({ ticket });
  for (let tries = 0; tries < 10; tries++) expect(tickets.redeem(ticket.place, 'wrong')).toBeUndefined();
  expect(tickets.redeem(ticket.place, secret)).toBe('used');

  const other = made();
  for (let tries = 0; tries < 5; tries++) expect(other.tickets.redeem(other.ticket.place, 'wrong')).toBeUndefined();
  expect(other.spent).toEqual([other.ticket]);
  expect(other.tickets.redeem(other.ticket.place, other.secret)).toBeUndefined();
  expect(other.tickets.all()).toEqual([]);
});

test('one that was dropped opens nothing any more, and is told of once', () => {
  const { tickets, ticket, secret, spent } = made();
  const other = tickets.make(of);
  for (const place of ['nowhere', ticket.place, ticket.place]) tickets.drop(place);
  expect(spent).toEqual([ticket]);
  expect(tickets.redeem(ticket.place, secret)).toBeUndefined();
  expect(tickets.all()).toEqual([other.ticket]);
});
