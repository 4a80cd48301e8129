// The views of MCP Apps: one page each for a plan and for what is under way, whole in itself and without a request of its own. A host that knows them shows them; the text of the result says the same.
import { readFileSync } from 'node:fs';

export const APP = 'text/html;profile=mcp-app';

export const apps = [
  { name: 'plan', uri: 'ui://automations-mcp/plan', title: 'Plan of a call' },
  { name: 'run', uri: 'ui://automations-mcp/run', title: 'Run under way' },
] as const;
type Name = (typeof apps)[number]['name'];

const look = (): string => readFileSync(new URL('apps/look.css', import.meta.url), 'utf8');
const bridge = (): string => readFileSync(new URL('apps/bridge.js', import.meta.url), 'utf8');
const views: Record<Name, () => string> = {
  plan: () => readFileSync(new URL('apps/plan.js', import.meta.url), 'utf8'),
  run: () => readFileSync(new URL('apps/run.js', import.meta.url), 'utf8'),
};

/** The bridge and the view are one script here: what they exchange needs no import. */
const inline = (code: string): string => code.replace(/^import .*$/gm, '').replace(/^export /gm, '');

const pages = new Map<Name, string>();

export function appPage(name: Name): string {
  const page =
    pages.get(name) ??
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${apps.find(app => app.name === name)?.title}</title>
<style>
${look()}</style>
</head>
<body>
<main></main>
<div id="said" role="status" aria-live="polite" style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"></div>
<script type="module">
${inline(bridge())}
${inline(views[name]())}</script>
</body>
</html>
`;
  pages.set(name, page);
  return page;
}
