// What every example does: find an automation, fire it, look at what became of it. Here is the server it talks to, and what its fake model says.
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * How to start the server: the twins, no state kept, no page opened. With the operator's file it has a standing approval for small
 * runs. Once the package is installed this is `npx automations-mcp`, with the same flags.
 */
export const server = (operatorsFile?: string) => ({
  command: process.execPath,
  args: [
    here('../src/main.ts'),
    '--sandbox',
    '--no-browser',
    ...['--state-folder', ':memory:'],
    ...(operatorsFile ? ['--config', here(operatorsFile)] : []),
  ],
});

/** Where a server is that runs already, given as the first argument: `http://127.0.0.1:8787/mcp`. Without it each example starts its own. */
export const [url] = process.argv.slice(2);

/** Of two servers, one with a standing approval; of one that runs already, whatever its operator allows. */
export const policies: readonly (string | undefined)[] = url ? [undefined] : [undefined, 'standing.yaml'];

export interface Call {
  tool: string;
  args: Record<string, unknown>;
}

/** `seen` holds the texts of all results so far: what a model reads. */
type Step = (seen: readonly string[]) => Call | string;

/** The id of a named row, as a list writes it. */
const idOf = (name: string, text = ''): string => new RegExp(`^(\\S+) "${name}"`, 'm').exec(text)?.[1] ?? '';

const name = 'Missed-call text back';
/** Priya, who called; in the twins she has a phone. */
const trigger_data = { contact_id: '8b51fce1-67fa-4994-bd6e-b3c308c621f2' };

/** A fake model: the calls that a real one would make of "text back whoever called last", and its last words. */
export const story: readonly Step[] = [
  () => ({ tool: 'trustpager_list_automations', args: {} }),
  ([list]) => ({ tool: 'trustpager_trigger_automation', args: { automation_id: idOf(name, list), trigger_data } }),
  ([list]) => ({ tool: 'trustpager_list_runs', args: { automation_id: idOf(name, list) } }),
  ([, fired, runs]) => `Firing said: ${firstLine(fired)} The list of runs says: ${firstLine(runs)}`,
];

export const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? '';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** What goes on, for whoever looks at the terminal. */
export const show = {
  heading: (text: string) => print(`\n${styleText('bold', text)}`),
  call: ({ tool, args }: Call) => print(`→ ${tool} ${JSON.stringify(args)}`),
  result: (text: string) => print(`← ${firstLine(text)}`),
  person: (question: string) => print(`? ${firstLine(question)}\n! The person ticks the box.`),
  end: (text: string) => print(`= ${text}`),
};
