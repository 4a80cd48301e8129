// Where the repository stands, and what the package starts.
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** The file that the package starts, beside what it starts. */
export const launcher = 'automations-mcp.cjs';
