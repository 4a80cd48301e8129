// Packs the bundle for Claude Desktop, the same bytes each time; run as a program it writes it, its checksum and the registry's entry to dist/.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Zippable, zipSync } from 'fflate';
import { bundle } from './bundle.ts';
import { root } from './place.ts';
import { bundleName, manifest, serverJson } from './published.ts';

/** The oldest moment that a zip can tell. */
const mtime = new Date(1980, 0, 1);

/** `folder` holds the program as `bundle` wrote it. */
export function pack(folder: string): Uint8Array {
  const files: Zippable = {
    'manifest.json': Buffer.from(JSON.stringify(manifest(), null, 2)),
    'icon.png': readFileSync(join(root, 'build/icon.png')),
    LICENSE: readFileSync(join(root, 'LICENSE')),
  };
  for (const file of readdirSync(folder).toSorted())
    if (/\.(cjs|txt)$/.test(file)) files[`server/${file}`] = readFileSync(join(folder, file));
  return zipSync(files, { mtime, level: 9 });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dist = join(root, 'dist');
  await bundle(dist);
  const packed = pack(dist);
  const sha256 = createHash('sha256').update(packed).digest('hex');
  writeFileSync(join(dist, bundleName), packed);
  writeFileSync(join(dist, `${bundleName}.sha256`), `${sha256}  ${bundleName}\n`);
  writeFileSync(join(dist, 'server.json'), `${JSON.stringify(serverJson(sha256), null, 2)}\n`);
}
