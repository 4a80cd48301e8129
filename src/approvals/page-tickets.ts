// What the approval page knows of its visitors: one ticket per question, one use of its secret, one browser that holds its cookie.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Ticket {
  /** Names the page in URLs. It says nothing of the question and proves nothing: the secret and the cookie do. */
  place: string;
  /** The question's id. */
  question: string;
  /** The one file that holds the secret. */
  file: string;
  expires_at: number;
  /** Digests alone are kept: what this process holds opens no page. */
  secret: Buffer;
  cookie?: Buffer;
  /** Goes into the page's own forms, besides the cookie. */
  csrf: string;
  /** What must be typed to approve; shown on the page and nowhere else. */
  phrase?: string;
  wrong: number;
}

/** Wrong secrets until a page that was not opened yet is closed for good. */
const TRIES = 5;

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** What an unknown place is compared with, so that it takes as long as a known one. */
const nobody = randomBytes(32);

export interface Tickets {
  /** A new ticket with the secret that opens it, once: 256 random bits for one record (design section 6, "The page's secret"). */
  make(of: Pick<Ticket, 'question' | 'file' | 'expires_at' | 'phrase'>): { ticket: Ticket; secret: string };
  /** Exchanges the secret for the cookie. A wrong one is answered as an unknown place is; the right one a second time is `used`. */
  redeem(place: string, secret: string): { ticket: Ticket; cookie: string } | 'used' | undefined;
  /** The ticket whose cookie this is. */
  held(place: string, cookies: readonly string[]): Ticket | undefined;
  drop(place: string): void;
  all(): Ticket[];
}

/** `spent` is told of each ticket whose secret opens nothing any more, so that the file that holds it can go. */
export function openTickets(spent: (ticket: Ticket) => void): Tickets {
  const tickets = new Map<string, Ticket>();
  const drop = (place: string): void => {
    const ticket = tickets.get(place);
    if (!ticket) return;
    tickets.delete(place);
    spent(ticket);
  };
  return {
    make(of) {
      const secret = random(32);
      const ticket: Ticket = { ...of, place: random(16), secret: digest(secret), csrf: random(32), wrong: 0 };
      tickets.set(ticket.place, ticket);
      return { ticket, secret };
    },
    redeem(place, secret) {
      const ticket = tickets.get(place);
      const right = timingSafeEqual(digest(secret), ticket?.secret ?? nobody);
      if (!ticket) return undefined;
      if (!right) {
        ticket.wrong++;
        if (!ticket.cookie && ticket.wrong >= TRIES) drop(place);
        return undefined;
      }
      if (ticket.cookie) return 'used';
      const cookie = random(32);
      ticket.cookie = digest(cookie);
      spent(ticket);
      return { ticket, cookie };
    },
    held(place, cookies) {
      const ticket = tickets.get(place);
      const right = cookies.filter(cookie => timingSafeEqual(digest(cookie), ticket?.cookie ?? nobody));
      return right.length > 0 ? ticket : undefined;
    },
    drop,
    all: () => [...tickets.values()],
  };
}
