// Where the pages contradict each other or are silent and both readings matter: which one the twins take (docs/twins.md).
export const READINGS = {
  /** Scrip's execution_status after a fan-out: back to idle, or left at completed or failed (scrip.md 8.3, C6). */
  idle: ['returns', 'never'],
  /** The key that carries a TrustPager run's data; the other one is then not seen, silently (trustpager.md C3). */
  body_key: ['both', 'trigger_data', 'payload'],
  /** The query parameter that carries TrustPager's cursor (trustpager.md C4). */
  cursor: ['both', 'after', 'cursor'],
  /** automations-trigger:trigger, or the older automations:trigger (trustpager.md C2). */
  trigger_scope: ['both', 'new', 'old'],
  /** The status of an empty balance (trustpager.md C7). */
  no_credits: ['403', '402'],
  /** The status of a bad value at TrustPager: 422 where a list of values is known and 400 elsewhere, or one for all (C7). */
  validation: ['both', '400', '422'],
  /** Triggering a disabled TrustPager automation (trustpager.md 6.1). */
  disabled: ['refuse', 'run'],
} as const;

export type Readings = { -readonly [Name in keyof typeof READINGS]: (typeof READINGS)[Name][number] };

export function defaultReadings(): Readings {
  return {
    idle: 'returns',
    body_key: 'both',
    cursor: 'both',
    trigger_scope: 'both',
    no_credits: '403',
    validation: 'both',
    disabled: 'refuse',
  };
}

/** The readings that name=value pairs ask for, or the sentence that says which pair is wrong. */
export function readReadings(pairs: Iterable<readonly [string, unknown]>): Partial<Readings> | string {
  const chosen: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const values: readonly string[] | undefined = Object.hasOwn(READINGS, name)
      ? READINGS[name as keyof Readings]
      : undefined;
    if (!values)
      return `there is no reading ${JSON.stringify(name.slice(0, 40))}; there are ${Object.keys(READINGS).join(', ')}`;
    if (typeof value !== 'string' || !values.includes(value)) return `${name} must be one of ${values.join(', ')}`;
    chosen[name] = value;
  }
  return chosen as Partial<Readings>;
}

/** `name=value` pairs with commas between them, as on a command line. */
export function parseReadings(text: string): Partial<Readings> | string {
  const pairs = text
    .split(',')
    .map(pair => pair.trim())
    .filter(pair => pair !== '')
    .map(pair => {
      const at = pair.indexOf('=');
      return at < 0 ? ([pair, undefined] as const) : ([pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const);
    });
  return readReadings(pairs);
}
