// Ids of what we ask a client: each names the life of the session that asks, and the stored question where there is one, signed, so that
// the answer counts for exactly that question, at whichever server it arrives.
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface AskedId {
  /** Which life of the session asks: random. */
  mark: string;
  /** The number that the SDK knows the request by. */
  number: number;
  question?: string;
}

export function askedIds(key: Uint8Array) {
  /** Good within one session only: nobody answers with what another session was asked. */
  const sign = (session: string, text: string): string =>
    createHmac('sha256', key).update(`${session}\0${text}`).digest('base64url');
  return {
    make(session: string, { mark, number, question = '' }: AskedId): string {
      const text = `${mark}:${number}:${question}`;
      return `${text}:${sign(session, text)}`;
    },

    /** Nothing where it is not an id that this session was asked with. */
    read(session: string, id: unknown): AskedId | undefined {
      const [, text = '', mark = '', number, question, signature = ''] =
        /^(([\w-]{22}):(\d+):([0-9a-f]*)):([\w-]{43})$/.exec(String(id)) ?? [];
      const right = Buffer.from(sign(session, text));
      const given = Buffer.from(signature);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      return { mark, number: Number(number), ...(question ? { question } : {}) };
    },
  };
}

export type AskedIds = ReturnType<typeof askedIds>;
