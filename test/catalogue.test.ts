// Laws over the whole catalogue: names, files, wording, hints, what a write cannot do, and how much of a model's attention it takes.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { parseInput } from '../src/server/input.ts';
import { description, inputSchema, outputSchema, type PlainSchema, sayable } from '../src/server/schema.ts';
import { instructions, prompts, promptText } from '../src/server/texts.ts';
import { type Effect, effectsOf, hints, type Tool } from '../src/tool.ts';
import { catalogue } from '../tools/index.ts';
import { reaches, root, sources } from './imports.ts';

const names = new Set(catalogue.map(({ name }) => name));

/** Every set of tools that a server may serve: by the vendors it has accounts of, and by toolset. */
const sets = [['scrip'], ['trustpager'], ['scrip', 'trustpager']].flatMap(vendors =>
  (['core', 'all'] as const).map(toolset => {
    const tools = catalogue.filter(
      tool => ['common', ...vendors].includes(tool.vendor) && (toolset === 'all' || tool.toolset === 'core'),
    );
    return { set: `${vendors.join(' and ')}, ${toolset}`, tools, offered: new Set(tools.map(({ name }) => name)) };
  }),
);
const fileOf = ({ name, vendor }: Tool): string =>
  `tools/${vendor}/${(vendor === 'common' ? name : name.slice(vendor.length + 1)).replaceAll('_', '-')}.ts`;

/** Every property of a published schema, those inside objects and lists too, by its path. */
function properties(schema: PlainSchema, path = ''): [string, Record<string, unknown>][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const here = `${path}${name}`;
    const inner = (property.items ?? property) as unknown as PlainSchema;
    return [[here, property] as [string, Record<string, unknown>], ...properties(inner, `${here}.`)];
  });
}

/** JSON values written out in prose: objects and lists anywhere, strings where "such as" or "or" introduces them. */
function examplesIn(text: string): unknown[] {
  const found: unknown[] = [];
  for (let at = 0; at < text.length; at++) {
    const introduced = text[at] === '"' && /\b(such as|or) $/i.test(text.slice(0, at));
    if (!introduced && text[at] !== '{' && text[at] !== '[') continue;
    for (let end = at + 1; end <= text.length; end++)
      try {
        found.push(JSON.parse(text.slice(at, end)));
        at = end - 1;
        break;
      } catch {
        // Not the end of it yet.
      }
  }
  return found;
}

describe('files and names', () => {
  test('every file in a vendor’s folder is listed, and everything listed is in its file', async () => {
    const files = ['common', 'scrip', 'trustpager'].flatMap(folder =>
      readdirSync(join(root, 'tools', folder)).map(file => `tools/${folder}/${file}`),
    );
    expect(catalogue.map(fileOf).toSorted()).toEqual(files.toSorted());
    for (const tool of catalogue) expect((await import(join(root, fileOf(tool)))).default).toBe(tool);
  });

  test('there is no other folder of tools, and no name twice', () => {
    const folders = readdirSync(join(root, 'tools'), { withFileTypes: true }).filter(entry => entry.isDirectory());
    expect(folders.map(({ name }) => name).toSorted()).toEqual(['common', 'scrip', 'trustpager']);
    expect(names.size).toBe(catalogue.length);
  });

  test('at most twenty core tools with both vendors', () => {
    expect(catalogue.filter(({ toolset }) => toolset === 'core').length).toBeLessThanOrEqual(20);
  });

  test.each(catalogue)('$name: the name', ({ name, vendor }) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.length).toBeLessThanOrEqual(40);
    expect(name.startsWith('scrip_')).toBe(vendor === 'scrip');
    expect(name.startsWith('trustpager_')).toBe(vendor === 'trustpager');
  });

  test('C4: no tool approves, confirms, or calls just any endpoint', () => {
    for (const name of names) expect(name).not.toMatch(/approv|confirm|reject|request|endpoint|http|api|batch/);
  });
});

const marketing = /!|\b(powerful|seamless|easily|simply|amazing|best-in-class)\b|\p{Extended_Pictographic}/iu;
/** Capitals that are names; anything else in capitals is shouting. */
const acronyms = [
  'CEL',
  'UUID',
  'IANA',
  'RFC',
  'UTC',
  'JSON',
  'ATTRIBUTE',
  'DATE',
  'INTERVAL',
  'CRON',
  'THRESHOLD',
  'ID',
];
const shouted = (text: string): string[] =>
  (text.match(/\b[A-Z]{2,}\b/g) ?? []).filter(word => !acronyms.includes(word));

describe('wording', () => {
  test.each(catalogue)('$name: title and description', tool => {
    const said = description(tool);
    expect(tool.title).toMatch(/^[A-Z].{4,58}[a-z]$/);
    expect(said.length).toBeGreaterThanOrEqual(200);
    expect(said.length).toBeLessThanOrEqual(700);
    expect(said).toMatch(/^[A-Z][^\n]*\.$/);
    expect(shouted(said)).toEqual([]);
    expect(said).not.toMatch(marketing);
    expect(said).not.toContain(tool.name);
  });

  test.each(catalogue)('$name: what, when, when not, what it touches, in this order', ({ words, name }) => {
    expect(Object.keys(words)).toEqual(['what', 'when', 'not', 'touches', 'next'].slice(0, Object.keys(words).length));
    for (const part of Object.values(words)) expect(part).toMatch(/^[^\s].*\.$/);
    expect(words.what).toMatch(
      /^(Add|Archive|Change|Create|Delete|Execute|Find|Fire|Judge|List|Put|Read|Run|See|Show|Stop|Switch|Wait)\b/,
    );
    expect(words.what.match(/\. /g)).toBeNull();
    expect(words.when).toMatch(/^(Use|Call) /);
    // When not to use it names what to use instead, and no part names the tool itself.
    const siblings = (words.not.match(/[a-z]+(?:_[a-z]+)+/g) ?? []).filter(word => names.has(word));
    expect(siblings.length).toBeGreaterThanOrEqual(1);
    expect(siblings).not.toContain(name);
  });

  test.each(catalogue)('$name says what it costs, or whom it asks', tool => {
    const free = /^Free\b/.test(tool.words.touches);
    const asks = /\ba person confirms\b|\bneeds nobody\b/i.test(tool.words.touches);
    expect([free, asks]).toEqual([tool.kind === 'read', tool.kind === 'write']);
  });

  test.each(catalogue)('$name: what it says of its properties', tool => {
    for (const [path, { description }] of properties(inputSchema(tool))) {
      if (description === undefined) continue;
      const said = String(description);
      expect([path, said.length]).toEqual([path, Math.min(said.length, 200)]);
      expect(said).toMatch(/^[^\s].*\.$/);
      expect(shouted(said)).toEqual([]);
      expect(said).not.toMatch(marketing);
    }
  });

  /** What design section 5.7 asks a person about. */
  const asks = (tool: Tool): boolean => effectsOf(tool).some(effect => ['arm', 'run', 'delete'].includes(effect));

  test.each(catalogue.filter(asks))('$name says that a person confirms', ({ words }) =>
    expect(words.touches).toMatch(/\ba person confirms\b/i),
  );

  test.each(catalogue.filter(tool => !asks(tool)))('$name does not say so', tool =>
    expect(description(tool)).not.toMatch(/\ba person confirms\b/i),
  );

  test.each(catalogue.filter(tool => effectsOf(tool).includes('run') && tool.name !== 'scrip_create_automation'))(
    '$name says that it is real',
    ({ words }) => expect(words.touches).toMatch(/\breal\b/i),
  );

  /** What goes wrong at the vendors, said where it would be done wrong: in the tool’s words, or in those of the parameter. */
  const traps: [tool: string, parameter: string | undefined, said: RegExp][] = [
    ['scrip_create_automation', undefined, /immediate fires for every matching participant on creation/],
    ['scrip_create_automation', undefined, /immediate and participant_state need scope participants/],
    ['scrip_create_automation', undefined, /scope and trigger_type never change/],
    ['scrip_create_automation', 'cron_expression', /five fields.*zone in timezone/],
    ['scrip_create_automation', 'participant_filter', /default everyone/],
    ['scrip_create_automation', 'payload', /avoid the key type/],
    ['scrip_update_automation', 'payload', /replaces the whole/i],
    ['scrip_update_automation', undefined, /a fan-out under way goes on/],
    ['scrip_trigger_automation', undefined, /even when meant as a test/],
    ['scrip_trigger_automation', undefined, /never participant_state or one_time × program/],
    ['scrip_cancel_run', undefined, /stays active and fires again/],
    ['scrip_list_runs', undefined, /no run history/],
    ['trustpager_create_automation', undefined, /form_submitted is refused \(use form_completed\)/],
    ['trustpager_create_automation', undefined, /stage_changed needs stage_id and no trigger rows/],
    ['trustpager_create_automation', 'stage_id', /stage_changed only/],
    ['trustpager_update_automation', 'trigger_type', /form_completed/],
    ['trustpager_update_automation', 'conditions', /replaces all/i],
    ['trustpager_add_trigger', undefined, /stage_id/],
    ['trustpager_update_action', 'config', /replaces the whole/i],
    ['trustpager_trigger_automation', undefined, /no dry run/],
    ['trustpager_trigger_automation', 'trigger_data', /Unknown variables become empty text/],
    ['trustpager_execute_action', undefined, /business hours it may only be queued/],
    ['trustpager_disable_automation', undefined, /scheduled stay scheduled/],
    ['trustpager_list_runs', undefined, /no row that its trigger never matched/],
  ];
  test.each(traps)('%s %s: %s', (name, parameter, said) => {
    const tool = catalogue.find(candidate => candidate.name === name) as Tool;
    const of = parameter === undefined ? undefined : inputSchema(tool).properties[parameter];
    expect(parameter === undefined ? description(tool) : of?.description).toMatch(said);
  });
});

describe('every tool that is named exists', () => {
  /** Words that have the shape of a tool's name. */
  const named = (text: string): string[] =>
    text.match(/\b(?:(?:scrip|trustpager)_[a-z_]+|plan_call|watch_run|[a-z]+_connections)\b/g) ?? [];

  describe.each(sets)('with $set', ({ tools, offered }) => {
    test('in descriptions, and what must be known is said whole', () => {
      for (const tool of tools) {
        const said = description(tool, offered);
        for (const name of named(said)) expect([tool.name, name, offered.has(name)]).toEqual([tool.name, name, true]);
        for (const part of [tool.words.what, tool.words.when, tool.words.touches]) expect(said).toContain(part);
        expect(said.length).toBeGreaterThanOrEqual(150);
      }
    });

    test('in the words of parameters', () => {
      for (const tool of tools)
        for (const [path, property] of properties(inputSchema(tool, offered)))
          for (const name of named(String(property.description ?? '')))
            expect([tool.name, path, name, offered.has(name)]).toEqual([tool.name, path, name, true]);
    });

    test('in the instructions', () => {
      for (const name of named(instructions(true))) expect([name, offered.has(name)]).toEqual([name, true]);
      for (const [, rest] of instructions(true).matchAll(/\*(_[a-z_]+)/g))
        expect(tools.some(({ name, vendor }) => name === `${vendor}${rest}`)).toBe(true);
    });
  });

  test('a sentence that names another is not said', () => {
    expect(sayable('One. Use scrip_list_runs, or plan_call. Three, or watch_run.', new Set(['watch_run']))).toBe(
      'One. Three, or watch_run.',
    );
  });

  test('in how a write is taken back, which a person reads too, there is none', () => {
    const inputs = [{}, { enabled: true }, { trigger_type: 'immediate' }, { status: 'paused' }];
    for (const tool of catalogue)
      if (tool.kind === 'write') for (const input of inputs) expect(named(tool.undo(input as never))).toEqual([]);
  });

  test('in the code of the tools: next steps, reasons and ways back', () => {
    for (const { file, text } of sources('tools', 'src/server')) {
      for (const name of named(text)) expect([file, names.has(name)]).toEqual([file, true]);
      for (const [, name] of text.matchAll(/\btool: '([^']*)'/g))
        expect([file, names.has(name ?? '')]).toEqual([file, true]);
    }
  });

  test('in errors and next steps of core tools there are only tools that are served wherever they are', () => {
    const core = new Map(catalogue.filter(({ toolset }) => toolset === 'core').map(tool => [tool.name, tool.vendor]));
    for (const { file, text } of sources('tools', 'src/server')) {
      const tool = catalogue.find(candidate => fileOf(candidate) === file);
      // What would be meant by other words, and what takes a write back, is looked up among the tools that are served.
      if (tool?.toolset === 'authoring' || file === 'tools/index.ts' || file === 'src/server/nearest.ts') continue;
      const said = text
        .replace(/\n {2}words: \{[\s\S]*?\n {2}\},/, '')
        .replace(/\n {2}reverse[\s\S]*?\n {2}(?=\w)/, '\n  ');
      for (const name of named(said)) {
        expect([file, name, core.has(name)]).toEqual([file, name, true]);
        if (tool && tool.vendor !== 'common')
          expect([file, ['common', tool.vendor].includes(core.get(name) ?? '')]).toEqual([file, true]);
      }
    }
  });

  test('in instructions and prompts', () => {
    const texts = [instructions(true), ...prompts.map(({ name }) => promptText(name, {}))];
    for (const name of texts.flatMap(named)) expect(names).toContain(name);
    expect(texts.flatMap(named).length).toBeGreaterThan(5);
    // A pattern, as instructions write it: it must fit a tool of each vendor.
    for (const [, rest] of instructions(true).matchAll(/\*(_[a-z_]+)/g))
      for (const vendor of ['scrip', 'trustpager']) expect(names).toContain(`${vendor}${rest}`);
  });
});

describe('hints', () => {
  /** From design section 4: what each effect must show a client. */
  const table: Record<Effect, { readOnlyHint: boolean; destructiveHint: boolean; idempotentHint: boolean }> = {
    read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
    create: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    update: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    arm: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    run: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    delete: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
  };
  /** The worst effect of each tool, written down once more. */
  const worst: Record<string, Effect> = {
    scrip_create_automation: 'run',
    scrip_update_automation: 'arm',
    scrip_trigger_automation: 'run',
    trustpager_create_automation: 'arm',
    trustpager_update_automation: 'arm',
    trustpager_enable_automation: 'arm',
    trustpager_disable_automation: 'update',
    trustpager_trigger_automation: 'run',
    trustpager_execute_action: 'run',
    scrip_cancel_run: 'update',
    scrip_archive_automation: 'delete',
    scrip_refresh_subscriptions: 'arm',
    trustpager_add_trigger: 'arm',
    trustpager_update_trigger: 'arm',
    trustpager_delete_trigger: 'delete',
    trustpager_add_action: 'arm',
    trustpager_update_action: 'arm',
    trustpager_reorder_actions: 'arm',
    trustpager_delete_action: 'delete',
    trustpager_delete_automation: 'delete',
  };

  test.each(catalogue)('$name: all four, from its worst effect', tool => {
    expect(hints(tool)).toEqual({ ...table[worst[tool.name] ?? 'read'], openWorldHint: true });
    expect(tool.kind).toBe(worst[tool.name] ? 'write' : 'read');
  });

  test.each(Object.entries(table))('a tool whose worst effect is %s', (effect, expected) => {
    const tool = { ...catalogue[0], kind: 'write', effects: ['update', effect] } as unknown as Tool;
    expect(hints(tool)).toMatchObject(effect === 'read' || effect === 'create' ? table.update : expected);
  });

  test.each([[['launch']], [[]]])('effects that nobody knows, %j, count as the worst', effects => {
    const tool = { ...catalogue[0], kind: 'write', effects } as unknown as Tool;
    expect(hints(tool)).toMatchObject(table.delete);
  });
});

describe('examples in the words parse, and fit', () => {
  const examples = catalogue.flatMap(tool =>
    properties(inputSchema(tool)).flatMap(([path, { description }]) =>
      examplesIn(String(description ?? '')).map(value => ({ tool, path, value })),
    ),
  );

  test('there are some', () => expect(examples.length).toBeGreaterThanOrEqual(12));

  test.each(examples)('$tool.name $path: $value', ({ tool, path, value }) => {
    // The example alone is judged: what else the tool requires is not what is wrong with it.
    const nested = path.split('.').reduceRight((inner: unknown, key, at, keys) => {
      const list = at < keys.length - 1;
      return { [key]: list ? [inner] : inner };
    }, value) as object;
    const wrong = (tool.input.safeParse(nested).error?.issues ?? []).filter(
      (issue: { path: unknown[]; code: string }) => issue.path.join('.').replaceAll(/\.\d+/g, '') === path,
    );
    expect(wrong).toEqual([]);
    if (tool.name === 'plan_call' && path === 'tool') expect(names).toContain(value);
  });
});

describe('what a tool cannot do', () => {
  const all = sources('src', 'tools');

  test.each(catalogue)('C4: $name brings nothing with it that can send', tool => {
    const found = reaches(fileOf(tool), all);
    const senders =
      /^(undici|node:(http|https|http2|net|tls|dgram|child_process)|src\/(vendors\/(http|exchange)|server|store|cli|transports).*)$/;
    expect([...found].filter(to => senders.test(to))).toEqual([]);
    expect(found).toContain('src/tool.ts');
  });

  test.each(catalogue)('C5: $name takes no argument that it does not name', tool => {
    expect(() => parseInput(tool, { no_such_argument: 1 })).toThrow(/unknown argument "no_such_argument"/);
  });

  test.each(catalogue)('$name has an output schema and flat input', tool => {
    expect(Object.keys(tool.output.shape).length).toBeGreaterThan(0);
    const deep = properties(inputSchema(tool)).filter(([path]) => path.split('.').length > 2);
    expect(deep).toEqual([]);
  });
});

describe('instructions', () => {
  test.each([true, false])('with sandbox %s they are short, and the rule that matters comes first', sandbox => {
    const text = instructions(sandbox);
    expect(text.length).toBeLessThanOrEqual(1_500);
    const first = text.slice(0, 300);
    expect(first).toMatch(/real people.*real credits/);
    expect(first).toMatch(/plan, let a person say yes, act once, watch/);
    expect(first).toContain('You can never give the yes yourself');
    expect(first).toContain('Never repeat');
    expect(shouted(text)).toEqual([]);
    expect(text.includes('twins')).toBe(sandbox);
  });
});

describe('what a model has to read', () => {
  const count = (value: unknown): number => encode(typeof value === 'string' ? value : JSON.stringify(value)).length;
  const all = new Map(
    catalogue.map(tool => [
      tool.name,
      {
        input: count({ name: tool.name, description: description(tool), inputSchema: inputSchema(tool) }),
        output: count(outputSchema(tool)),
      },
    ]),
  );
  const sum = (tools: readonly Tool[], of: 'input' | 'output'): number =>
    tools.reduce((total, { name }) => total + (all.get(name)?.[of] ?? 0), 0);
  const median = (tools: readonly Tool[]): number =>
    tools.map(({ name }) => all.get(name)?.input ?? 0).sort((a, b) => a - b)[tools.length >> 1] ?? 0;

  test('every set of tools costs what it may: 6,000 for both vendors’ core, 3,500 for one, outputs under half of it', () => {
    const lines = sets.map(
      ({ set, tools }) =>
        `  ${set}: ${sum(tools, 'input')} in ${tools.length} tools, median ${median(tools)}; output schemas ${sum(tools, 'output')}`,
    );
    process.stdout.write(
      `tokens (o200k; name, description, input schema):\n${lines.join('\n')}\n  instructions ${count(instructions(true))}\n`,
    );
    for (const { set, tools } of sets) {
      const most = set.includes('all') ? 7_000 : set.includes(' and ') ? 4_000 : 3_000;
      expect([set, sum(tools, 'input') <= most]).toEqual([set, true]);
      expect([set, sum(tools, 'output') * 2 < sum(tools, 'input')]).toEqual([set, true]);
    }
    expect(median(catalogue)).toBeLessThanOrEqual(150);
  });

  test.each(catalogue)('$name: at most 450', ({ name }) => expect(all.get(name)?.input).toBeLessThanOrEqual(450));

  test.each([true, false])('instructions, sandbox %s: at most 400', sandbox =>
    expect(count(instructions(sandbox))).toBeLessThanOrEqual(400),
  );
});
