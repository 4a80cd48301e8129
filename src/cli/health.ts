// `health`: asks the server that runs on this machine with these settings, and says so with its exit code.
import type { Config } from '../settings.ts';
import { askHealth } from '../transports/health.ts';

export async function health({ host, port }: Config, args: string[]): Promise<number> {
  const path = args.includes('--ready') ? '/readyz' : '/healthz';
  const trouble = await askHealth({ host, port }, path);
  if (trouble === undefined) process.stdout.write('ok\n');
  else process.stderr.write(`automations-mcp: port ${port}, ${path}: ${trouble}\n`);
  return trouble === undefined ? 0 : 1;
}
