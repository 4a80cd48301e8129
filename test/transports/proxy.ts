// nginx and Caddy as examples/proxy has them, with nothing changed but names, ports and certificates; each started in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../imports.ts';
import { selfSigned } from '../vendors/certificate.ts';

export const kinds = ['nginx', 'caddy'] as const;
export type Kind = (typeof kinds)[number];

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
const programOf = (kind: Kind): string | undefined =>
  folders.map(folder => join(folder, kind)).find(file => existsSync(file));

/** Why one cannot be started, or nothing. Where `CI` is set there must be both. */
export const missing = (kind: Kind): string | undefined =>
  programOf(kind) ? undefined : `${kind} is not installed: its test is left out.`;

/** Puts each in the place of the text before it; what is not there to be replaced would not be tested. */
function replaced(text: string, places: [string, string][]): string {
  return places.reduce((whole, [from, to]) => {
    if (!whole.includes(from)) throw new Error(`the example does not say ${JSON.stringify(from)}`);
    return whole.replaceAll(from, to);
  }, text);
}

const example = (file: string): string => readFileSync(join(root, 'examples', 'proxy', file), 'utf8');

/** Both listen on loopback alone, write nowhere but in their folder, and stay in the foreground. */
const configs: Record<Kind, (at: { folder: string; port: number; upstreams: number[] }) => [string, string[]]> = {
  nginx({ folder, port, upstreams }) {
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const text = replaced(example('nginx.conf'), [
      ['http {\n', `http {\n${temp.map(name => `${name}_temp_path ${folder}/${name};\n`).join('')}`],
      ['server 127.0.0.1:8787;', upstreams.map(at => `server 127.0.0.1:${at};`).join(' ')],
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['automations.example.com', 'localhost'],
      ['/etc/ssl/automations', `${folder}/automations`],
      ['/var/log/nginx/automations.log', `${folder}/access.log`],
    ]);
    return [text, ['-p', folder, '-e', 'stderr', '-c', join(folder, 'config'), '-g', `daemon off; pid ${folder}/pid;`]];
  },
  caddy({ folder, port, upstreams }) {
    const text = replaced(example('Caddyfile'), [
      ['grace_period', `admin off\nauto_https disable_redirects\nstorage file_system ${folder}/caddy\ngrace_period`],
      [
        'automations.example.com {\n',
        `https://localhost:${port} {\nbind 127.0.0.1\ntls ${folder}/automations.crt ${folder}/automations.key\n`,
      ],
      ['127.0.0.1:8787', upstreams.map(at => `127.0.0.1:${at}`).join(' ')],
    ]);
    return [text, ['run', '--adapter', 'caddyfile', '--config', join(folder, 'config')]];
  },
};

export interface Proxy extends AsyncDisposable {
  /** PEM of the certificate it shows. */
  ca: string;
  /** What it wrote, its log of requests among it. */
  wrote(): string;
}

export async function startProxy(kind: Kind, port: number, upstreams: number[]): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), `${kind}-`));
  const { key, cert } = selfSigned();
  const [text, args] = configs[kind]({ folder, port, upstreams });
  await Promise.all([
    writeFile(join(folder, 'automations.key'), key, { mode: 0o600 }),
    writeFile(join(folder, 'automations.crt'), cert),
    writeFile(join(folder, 'config'), text),
    mkdir(join(folder, 'home')),
  ]);
  const child: ChildProcess = spawn(programOf(kind) as string, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: unknown): void => {
    said += String(chunk);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  return {
    ca: cert,
    wrote: () =>
      said + (existsSync(join(folder, 'access.log')) ? readFileSync(join(folder, 'access.log'), 'utf8') : ''),
    async [Symbol.asyncDispose]() {
      // Caddy would wait for what is open; nginx has children, and ends them at once.
      child.kill(kind === 'caddy' ? 'SIGKILL' : 'SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
