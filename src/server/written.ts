// The opening as it was written down when the package was built (build/opening.ts). From source nothing is, and the server itself answers.
import type { Written } from './opening.ts';

export const written: Written | undefined = undefined;
