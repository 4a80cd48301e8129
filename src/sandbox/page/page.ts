// The page at the twins' root, for people: a few small files, served under a policy that lets nothing else in.
import { readFileSync } from 'node:fs';

const FILES: Record<string, [read: () => string, type: string]> = {
  '/': [() => readFileSync(new URL('page.html', import.meta.url), 'utf8'), 'text/html; charset=utf-8'],
  '/_twin/page.css': [() => readFileSync(new URL('page.css', import.meta.url), 'utf8'), 'text/css; charset=utf-8'],
  '/_twin/page.js': [() => readFileSync(new URL('page.js', import.meta.url), 'utf8'), 'text/javascript; charset=utf-8'],
  '/_twin/page-rows.js': [
    () => readFileSync(new URL('page-rows.js', import.meta.url), 'utf8'),
    'text/javascript; charset=utf-8',
  ],
};

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The answer to whoever asks for the page, and undefined for everybody else. */
export function createPage(): (method: string, path: string) => Response | undefined {
  const texts = new Map<string, string>();
  return (method, path) => {
    const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (!file || (method !== 'GET' && method !== 'HEAD')) return undefined;
    const [read, type] = file;
    const text = texts.get(path) ?? read();
    texts.set(path, text);
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
