// The licences of the packages that a bundle holds, word for word, as these licences ask.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The innermost package that a module belongs to: its folder. */
const folderOf = (id: string): string | undefined => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];

/** What the modules themselves say above their code, for packages that bring no file with their licence. */
const headers = (ids: readonly string[]): string[] => [
  ...new Set(
    ids
      .map(id => /^(?:\/\/.*\n)+/.exec(readFileSync(id, 'utf8'))?.[0] ?? '')
      .filter(text => /copyright/i.test(text))
      .map(text => text.replace(/^\/\/ ?/gm, '').trim()),
  ),
];

/** What the package's README says below a heading of that name. */
function section(folder: string): string[] {
  const readme = readdirSync(folder).find(file => /^readme/i.test(file));
  const text = readme === undefined ? '' : readFileSync(join(folder, readme), 'utf8');
  const [, said = ''] = /^#+ *licen[cs]e\s*\n([\s\S]*?)(?=^#|(?![\s\S]))/im.exec(text) ?? [];
  return /copyright/i.test(said) ? [said.trim()] : [];
}

/** One text for all packages that these modules come from. Throws where one of them says nothing of its licence. */
export function licencesOf(modules: readonly string[]): string {
  const packages = Map.groupBy(modules, folderOf);
  const folders = [...packages.keys()].filter(folder => folder !== undefined).toSorted();
  const parts = folders.map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter(file => /^(licen[cs]e|notice|copying)/i.test(file));
    const own = files.toSorted().map(file => readFileSync(join(folder, file), 'utf8').trim());
    const texts = [own, section(folder), headers(packages.get(folder) ?? [])].find(({ length }) => length > 0) ?? [];
    if (texts.length === 0 || typeof license !== 'string') throw new Error(`${name}: what is its licence?`);
    return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
  });
  return `This program holds code of the packages below.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
