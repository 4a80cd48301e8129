// The page at the twins' root, for people: a few small files, served under a policy that lets nothing else in.
import { readFileSync } from 'node:fs';

const FILES = {
  '/': ['page.html', 'text/html; charset=utf-8'],
  '/_twin/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/_twin/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/_twin/page-rows.js': ['page-rows.js', 'text/javascript; charset=utf-8'],
} as const;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The answer to whoever asks for the page, and undefined for everybody else. */
export function createPage(): (method: string, path: string) => Response | undefined {
  const read = new Map<string, string>();
  return (method, path) => {
    if (!Object.hasOwn(FILES, path) || (method !== 'GET' && method !== 'HEAD')) return undefined;
    const [name, type] = FILES[path as keyof typeof FILES];
    const text = read.get(name) ?? readFileSync(new URL(name, import.meta.url), 'utf8');
    read.set(name, text);
    return new Response(method === 'HEAD' ? null : text, {
      headers: {
        'content-type': type,
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      },
    });
  };
}
