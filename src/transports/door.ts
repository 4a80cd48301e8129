// Stands before the server over stdio: answers a client's opening by itself, then hands the conversation over as if nothing had been said.
import { PassThrough, type Readable, Writable } from 'node:stream';
import type { Said } from '../server/opening.ts';

/** Bytes of a line that may still be an opening. */
const LONGEST = 64 * 1024;

export interface HandedOver {
  /** What the server is to read: every line that it must have heard, and all that follows. */
  input: Readable;
  /** Where it is to write; what the client has heard already does not go out again. */
  output: Writable;
}

/** Resolves at the first line that `say` has no answer to. A line goes out in one write. */
export function door(input: Readable, output: Writable, say: (line: string) => Said | undefined): Promise<HandedOver> {
  const heard: Buffer[] = [];
  const answered = new Set<string | number>();
  let rest = Buffer.alloc(0);
  /** Whether the conversation goes on at the door. */
  function look(): boolean {
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const said = say(rest.toString('utf8', 0, end));
      if (!said) return false;
      if (said.reply) output.write(`${said.reply.frame}\n`);
      if (said.heard) {
        heard.push(rest.subarray(0, end + 1));
        if (said.reply) answered.add(said.reply.id);
      }
      rest = rest.subarray(end + 1);
    }
    return rest.length <= LONGEST;
  }
  return new Promise(resolve => {
    const take = (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      if (look()) return;
      input.off('data', take);
      const onward = new PassThrough();
      onward.write(Buffer.concat([...heard, rest]));
      input.pipe(onward);
      input.once('close', () => onward.end());
      resolve({ input: onward, output: without(answered, output) });
    };
    input.on('data', take);
  });
}

/** Leaves out the first answer to each of these requests. */
const without = (answered: Set<string | number>, output: Writable): Writable =>
  new Writable({
    decodeStrings: false,
    write(frame: string, encoding, done) {
      if (answered.size > 0) {
        const { id, method } = JSON.parse(frame);
        if (method === undefined && answered.delete(id)) return done();
      }
      output.write(frame, encoding, () => done());
    },
  });
