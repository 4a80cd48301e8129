// Scrip's error envelope (scrip.md 5): one class that every refusal is thrown as.
export interface Detail {
  field: string;
  message: string;
  reason: string;
  expected?: string;
  received?: string;
}

export class ScripError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 429;
  readonly code: string;
  readonly details: Detail[] | undefined;

  constructor(status: ScripError['status'], code: string, message: string, details?: Detail[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  body() {
    return { code: this.code, message: this.message, ...(this.details ? { details: this.details } : {}) };
  }
}

// silent: the literal codes for 400 and 404 are unknown (scrip.md 5); these are the likely ones.
export const invalid = (details: Detail[]) =>
  new ScripError(
    400,
    'validation_error',
    details.map(detail => `${detail.field}: ${detail.message}`).join('; '),
    details,
  );
export const badRequest = (message: string) => new ScripError(400, 'bad_request', message);
export const notFound = (what: string) => new ScripError(404, 'not_found', `${what} not found`);
// silent: a name already taken is 409 or 400, unknown which (scrip.md 5); this twin says 409.
export const nameTaken = (name: string) =>
  new ScripError(409, 'conflict', `An automation named ${JSON.stringify(name)} already exists in this program`, [
    { field: 'name', message: 'Must be unique within the program', reason: 'unique' },
  ]);
export const unauthorized = () => new ScripError(401, 'unauthorized', 'Missing or invalid credentials');
export const forbidden = (message: string) => new ScripError(403, 'forbidden', message);
