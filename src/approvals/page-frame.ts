// The frame around everything that the approval page shows: one look, a bar that says whose page it is, and every text escaped.
import { css } from './page-look.ts';
import { visible } from './shown.ts';

export const escaped = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

/** Somebody else's words: cleaned, escaped, and where they are written from right to left, turning only themselves. */
export const data = (text: string): string => `<bdi>${escaped(visible(text))}</bdi>`;

export interface Framing {
  /** HTML for the head. */
  head?: string;
  /** HTML for the bar; absent: the page of this machine. */
  bar?: string;
}

const here = '<span><b>automations-mcp</b> on this computer</span><span>Approval</span>';

export const document = (title: string, body: string, { head = '', bar = here }: Framing = {}): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">${head}
<style>${css}</style></head>
<body><main><header>${bar}</header>
${body}
</main></body></html>
`;

export const card = (...parts: string[]): string => `<div class="card">${parts.join('')}</div>`;

/** A page of a sentence or two, in our words only. */
export const noticePage = (title: string, text: string, framing?: Framing): string =>
  document(title, card(`<div class="head"><h1>${title}</h1><p>${text}</p></div>`), framing);

/** Brings a browser that comes from elsewhere to the page, with a request of the page's own: such a one carries its cookie. */
export const onwardPage = (path: string, framing?: Framing): string =>
  noticePage('Opening the question', `<a href="${path}">Go on</a>, if nothing happens.`, {
    ...framing,
    head: `<meta http-equiv="refresh" content="0;url=${path}">`,
  });

export const clock = (ms: number): string => {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
