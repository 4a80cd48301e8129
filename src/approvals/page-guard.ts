// The approval page's wall: what a request must look like before anything of it is read (reliability.md C11).

/** Of one form's body. */
export const MAX_BODY = 4_096;

/** `/<place>` takes the secret by POST and shows the question by GET; `/<place>/answer` takes the answer by POST. */
const PAGE = /^\/[\w-]{22}$/;
const ANSWER = /^\/[\w-]{22}\/answer$/;

export interface Refused {
  status: 400 | 403 | 404 | 405 | 413 | 415;
  reason: string;
  allow?: string;
}

/** Of Node's request, what the wall looks at: each header as often as it came. */
interface Asked {
  method?: string | undefined;
  url?: string | undefined;
  headersDistinct: Readonly<Record<string, string[] | undefined>>;
}

const refused = (status: Refused['status'], reason: string, allow?: string): Refused => ({
  status,
  reason,
  ...(allow ? { allow } : {}),
});

/** A header that is there must be there once, and be one of these. */
const only = ({ headersDistinct }: Asked, name: string, allowed: readonly string[]): boolean => {
  const values = headersDistinct[name];
  return values === undefined || (values.length === 1 && values.every(value => allowed.includes(value)));
};

/**
 * Why a request is not even looked at, or nothing. `host` is the page's own `127.0.0.1:port`: a name that was rebound to loopback
 * fails on it. A browser names the origin of every post, and `null` is what it says of the file that carries the secret; that one
 * route takes it, because there the secret itself is the guard. No other page's request gets to a route that decides.
 */
export function refusedBy(request: Asked, host: string): Refused | undefined {
  const { method = '', url = '' } = request;
  const hosts = request.headersDistinct.host;
  if (hosts?.length !== 1 || hosts[0] !== host) return refused(403, 'This page answers at its own address only.');
  if (method !== 'GET' && method !== 'POST') return refused(405, 'Only GET and POST are served.', 'GET, POST');
  const begins = method === 'POST' && PAGE.test(url);
  const own = `http://${host}`;
  if (!only(request, 'origin', begins ? ['null'] : [own])) return refused(403, 'Another page sent this.');
  if (!only(request, 'sec-fetch-site', begins ? ['cross-site', 'none'] : ['same-origin', 'none']))
    return refused(403, 'Another page sent this.');
  // A whole window, or nothing: no frame, no script, no picture.
  if (!only(request, 'sec-fetch-dest', ['document']) || !only(request, 'sec-fetch-mode', ['navigate']))
    return refused(403, 'This page opens in a window of its own only.');
  if (method === 'GET') {
    if (ANSWER.test(url)) return refused(405, 'An answer is given by a form.', 'POST');
    return PAGE.test(url) ? undefined : refused(404, 'There is nothing here.');
  }
  if (!begins && !ANSWER.test(url)) return refused(404, 'There is nothing here.');
  if (!begins && request.headersDistinct.origin === undefined) return refused(403, 'Another page sent this.');
  return notForm(request);
}

/** What the body of a post must be, told before it is read. */
function notForm({ headersDistinct }: Asked): Refused | undefined {
  const types = headersDistinct['content-type'];
  const type = types?.length === 1 ? types[0]?.split(';', 1)[0]?.trim().toLowerCase() : undefined;
  if (type !== 'application/x-www-form-urlencoded') return refused(415, 'Only forms are taken.');
  if (Number(headersDistinct['content-length']?.[0] ?? 0) > MAX_BODY) return refused(413, 'That is too long.');
  return undefined;
}

/** Of the team's page: the list and one question each are shown by GET; signing in, out and answering are posts. */
const SHOWN = /^\/approvals(\/[0-9a-f]{32})?$/;
const POSTED = /^\/approvals\/(sign-in|sign-out|[0-9a-f]{32}\/answer)$/;

/**
 * The same for the team's page, behind the server's own wall of hosts. Whoever looks may come from anywhere, such as from a chat that
 * holds the address; what a browser sends there says nothing. Whatever is posted must come from the page itself: `own` is its origin.
 */
export function refusedByTeam(request: Asked, own: string): Refused | undefined {
  const { method = '', url = '', headersDistinct } = request;
  if (method !== 'GET' && method !== 'POST') return refused(405, 'Only GET and POST are served.', 'GET, POST');
  const posted = method === 'POST';
  if (!only(request, 'origin', [own])) return refused(403, 'Another page sent this.');
  if (!only(request, 'sec-fetch-site', posted ? ['same-origin'] : ['same-origin', 'same-site', 'cross-site', 'none']))
    return refused(403, 'Another page sent this.');
  if (!only(request, 'sec-fetch-dest', ['document']) || !only(request, 'sec-fetch-mode', ['navigate']))
    return refused(403, 'This page opens in a window of its own only.');
  if (!posted) {
    if (POSTED.test(url)) return refused(405, 'This is done by a form.', 'POST');
    return SHOWN.test(url) ? undefined : refused(404, 'There is nothing here.');
  }
  if (SHOWN.test(url)) return refused(405, 'This is only looked at.', 'GET');
  if (!POSTED.test(url)) return refused(404, 'There is nothing here.');
  if (headersDistinct.origin === undefined) return refused(403, 'Another page sent this.');
  return notForm(request);
}

/** The form of a request, or nothing where it is too long or not text. The length is counted, not believed. */
export async function formOf(request: Request): Promise<URLSearchParams | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** A field that is there exactly once. */
export function field(form: URLSearchParams, name: string): string | undefined {
  const values = form.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/** The cookies of that name, in whatever number; others on this address are not ours. */
export const cookiesOf = (header: string | undefined, name: string): string[] =>
  (header ?? '').split(';').flatMap(pair => {
    const [key, value] = pair.trim().split('=', 2);
    return key === name && value ? [value] : [];
  });
