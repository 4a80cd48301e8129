// Prints the JSON for a client's configuration file, with this checkout's own paths and its own Node.
import { thisProgram } from './house.ts';

export async function clientConfig(): Promise<number> {
  const [command, ...args] = thisProgram();
  process.stdout.write(`${JSON.stringify({ mcpServers: { automations: { command, args } } }, null, 2)}\n`);
  return 0;
}
