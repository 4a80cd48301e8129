// What a person who signed in to the team's page holds, and what only a page that was made for them can know: all of it follows from one key
// of the store, so that any server on it knows them.
import { createHash, createHmac } from 'node:crypto';
import { same } from './approvals.ts';
import { phraseOf } from './words.ts';

export interface Pass {
  /** The public part of the token they signed in with. */
  token: string;
  principal: string;
  /** Milliseconds. */
  expires_at: number;
}

/** What the store knows a pass by that was given back: the pass itself opens the page and is kept nowhere. */
export const passDigest = (pass: string): string => createHash('sha256').update(`pass ${pass}`).digest('hex');

export function passes(key: Uint8Array) {
  const mac = (what: string, ...of: string[]): Buffer =>
    createHmac('sha256', key)
      .update(JSON.stringify([what, ...of]))
      .digest();
  return {
    /** `payload.signature`, both base64url. */
    make({ token, principal, expires_at }: Pass, nonce: Uint8Array): string {
      const fields = [Buffer.from(nonce).toString('base64url'), expires_at, token, principal];
      const payload = Buffer.from(JSON.stringify(fields)).toString('base64url');
      return `${payload}.${mac('pass', payload).toString('base64url')}`;
    },

    /** Nothing where it is not ours, or over. */
    read(text: string, now: number): Pass | undefined {
      const [payload = '', signature = '', ...more] = text.split('.');
      if (more.length > 0 || !same(signature, mac('pass', payload).toString('base64url'))) return undefined;
      const [, expires_at, token, principal] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
        string,
        number,
        string,
        string,
      ];
      return now < expires_at ? { token, principal, expires_at } : undefined;
    },

    /** What a form for one thing carries besides the cookie; another form's, or another's, does not do. */
    form: (pass: string, what: string): string => mac('form', pass, what).toString('base64url'),

    /** What must be typed to approve one question, the same for as long as they are signed in. */
    phrase: (pass: string, question: string): string => phraseOf(mac('words', pass, question), 3),
  };
}

export type Passes = ReturnType<typeof passes>;
