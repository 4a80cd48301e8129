// policy simulate: what another operator's file would have changed over the recorded audit.
import { ConfigError } from '../config.ts';
import type { Config } from '../settings.ts';
import type { Store } from '../store/store.ts';
import { printer } from './audit.ts';
import { differenceLine } from './audit-text.ts';
import { scopesOf } from './connections.ts';
import { jsonLine } from './json-line.ts';
import type { Operator } from './operator.ts';
import { readOperator } from './operator-file.ts';
import { policyOf } from './operator-settings.ts';
import { type Change, type Other, type Simulated, type Sum, simulate } from './simulation.ts';
import { openShared } from './state.ts';

const usage = 'usage: automations-mcp policy simulate --config <file> [--json]';
/** So many changes are shown one by one. */
const SHOWN = 40;

/** The policy that a server with these settings and this file would have. */
export const otherPolicy = (config: Config, operator: Operator): Other => ({
  settings: policyOf(config, operator),
  account({ scopes, insecureAutoApprove, ...of }) {
    const account = operator.connections?.find(({ id }) => id === of.id);
    // An account that the file does not know is judged as it was.
    if (operator.connections && !account)
      return { ...of, ...(scopes ? { scopes } : {}), ...(insecureAutoApprove ? { insecureAutoApprove } : {}) };
    const declared = account ? account.scopes : scopesOf(config, of.vendor);
    return {
      ...of,
      ...(account ? { environment: account.environment } : {}),
      ...(declared ? { scopes: declared } : {}),
      ...(account?.insecure_auto_approve ? { insecureAutoApprove: true } : {}),
    };
  },
});

const round = (value: number): string => String(Math.round(value * 100) / 100);
const amount = ({ calls, credits, people }: Sum): string =>
  `${calls} ${calls === 1 ? 'call' : 'calls'}, ${round(credits)} credits, ${people} people`;
const day = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString().slice(0, 10));

export function summary({ from, to, decisions, changed, changes, ...sums }: Simulated): string[] {
  if (decisions === 0) return ['The audit holds no decision.'];
  const over = `${decisions} decisions from ${day(from)} to ${day(to)}`;
  return [
    changed === 0 ? `Nothing would have changed: ${over}.` : `${changed} of ${over} would have come out differently:`,
    ...Object.entries(changes)
      .sort(([, a], [, b]) => b - a)
      .map(([change, times]) => `  ${change}: ${times}`),
    `What was sent: ${amount(sums.sent)}. Of that it would have`,
    `  refused: ${amount(sums.refused)}`,
    `  asked a person about, where nobody was asked: ${amount(sums.asked)}`,
    `  let through without the person who was asked: ${amount(sums.unasked)}`,
  ];
}

export async function simulated(
  store: Pick<Store, 'audit'>,
  other: Other,
  print: (line: string) => Promise<boolean>,
  json: boolean,
): Promise<number> {
  const changes: Change[] = [];
  const result = await simulate(store, other, async change => {
    if (json || changes.length < SHOWN) changes.push(change);
  });
  if (!result) {
    await print('The audit is not as it was written: audit verify tells where. Nothing was decided again.');
    return 1;
  }
  if (json) await print(jsonLine({ ...result, list: changes }));
  else {
    for (const change of changes) await print(`${differenceLine(change)}${change.plan ? ' (only planned)' : ''}`);
    if (result.changed > SHOWN) await print(`… and ${result.changed - SHOWN} more; --json lists all.`);
    for (const line of summary(result)) await print(line);
  }
  return 0;
}

export async function policySimulate(config: Config, args: readonly string[]): Promise<number> {
  if (args.some(word => word !== '--json') || config.config === undefined) throw new ConfigError(usage);
  const store = openShared(config, 'the audit inside the server; nothing can be read from it.');
  try {
    const other = otherPolicy(config, await readOperator(config.config));
    return await simulated(store, other, printer(process.stdout), args.includes('--json'));
  } finally {
    await store.close();
  }
}
