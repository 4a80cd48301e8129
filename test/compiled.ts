// The programs that tests start are compiled once for all of them: Node keeps what it made of each file, types stripped, beside the packages.
import { fileURLToPath } from 'node:url';

export const compiled = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)),
};
