// The config command: every setting with its value and where that comes from, and the schema of the operator's file.
import type { Source } from '../config.ts';

const usage = `Usage: automations-mcp config <command>

  show [--json]   every setting, its value, and the flag, variable or default it comes from; secrets are not shown
  schema          the JSON schema of the operator's file, for editors`;

export async function config(args: readonly string[], sources: readonly Source[]): Promise<number> {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  switch (args[0]) {
    case 'schema':
      print(JSON.stringify((await import('./operator-schema.ts')).publishedSchema(), null, 2));
      return 0;
    case 'show':
      if (args.includes('--json'))
        print(
          JSON.stringify(
            Object.fromEntries(
              sources.map(({ setting, value, from }) => [setting.env, { value: value ?? null, from }]),
            ),
          ),
        );
      else
        for (const { setting, value, from } of sources)
          print(`${setting.env.padEnd(32)}${(value ?? '').padEnd(24)} ${from}`);
      return 0;
    default:
      print(usage);
      return 2;
  }
}
