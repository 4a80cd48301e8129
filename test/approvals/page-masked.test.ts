// A key that stands in a question's row, in whatever form and column, is masked in every answer of the page.
import { describe, expect, test } from 'vitest';
import { redactor } from '../../src/redact.ts';
import { redeem, room, unescaped, visit } from './page-visitor.ts';

const key = 'sk_Pl4nted/Key+odd&more=~.20';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** How a key may stand in a row. */
const forms: Record<string, string> = {
  itself: key,
  'in JSON': JSON.stringify(key).slice(1, -1),
  'in a URL': encodeURIComponent(key),
  'in a form': new URLSearchParams({ '': key }).toString().slice(1),
  base64: base64(key),
  'base64, one before it': base64(`.${key}`),
  'base64, two before it': base64(`..${key}`),
  base64url: Buffer.from(key).toString('base64url'),
  hex: Buffer.from(key).toString('hex'),
  HEX: Buffer.from(key).toString('hex').toUpperCase(),
  backwards: [...key].reverse().join(''),
};
/** What must not be left of it: of base64, the part that no neighbour decides. */
const trace = (form: string) => (/^[\w+/=-]+$/.test(form) ? form.slice(4, -4) : form);

describe.concurrent.each(Object.entries(forms))('%s', (_, form) => {
  test.each(['name', 'field', 'value', 'client', 'arguments', 'quote'] as const)('in %s', async where => {
    await using r = await room({ redact: redactor([key]) });
    const { file } = await r.file(
      {
        ...(where === 'name' ? { target: { id: 'a1', name: form }, summary: `Run ${form}` } : {}),
        ...(where === 'field' ? { changes: [{ field: form, from: 1, to: 2 }] } : {}),
        ...(where === 'value' ? { changes: [{ field: 'payload', from: form, to: { deep: form } }] } : {}),
      },
      {
        verdict: 'ask_human',
        ...(where === 'client' ? { client: form } : {}),
        ...(where === 'arguments' ? { arguments: JSON.stringify({ [form]: [form] }) } : {}),
        ...(where === 'quote'
          ? { quote: JSON.stringify({ lines: [{ what: form, source: form, credits: [1, 2] }] }) }
          : {}),
      },
    );
    const here = await visit(file);
    const mistyped = await here.answer('approve', { phrase: 'wrong' });
    const rejected = await here.answer('reject');
    const late = await here.answer('reject');
    const over = await here.show();
    const again = await redeem(here.to);
    expect([mistyped, rejected, late, over, again].map(({ status }) => status)).toEqual([422, 303, 409, 200, 410]);
    for (const { text, headers } of [{ text: here.html, headers: {} }, mistyped, rejected, late, over, again]) {
      const said = unescaped(text) + JSON.stringify(headers);
      for (const left of [form, trace(form)]) expect(said).not.toContain(left);
    }
    expect(unescaped(here.html)).toContain('[secret]');
  });
});
