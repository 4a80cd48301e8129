// Pages for people beside /mcp: they stand behind the server's wall of hosts and guard themselves from there on.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Pages {
  /** Told once, when it is known: the address that people type, without a path. */
  at(origin: string): void;
  /** Answers whatever comes for `/approvals` and below. `own`: the origin that the request names by its Host. */
  answer(req: IncomingMessage, res: ServerResponse, own: string): Promise<void>;
}

export const isPage = (url: string | undefined): boolean => /^\/approvals([/?]|$)/.test(url ?? '');
