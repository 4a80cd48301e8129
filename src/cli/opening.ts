// What a client is told at its opening under these settings; it needs no account and no tool to be loaded.
import { levels } from '../log.ts';
import { opening, type Said, type Shown } from '../server/opening.ts';
import { written } from '../server/written.ts';
import type { Config } from '../settings.ts';

/** Without an operator's file: the accounts of the keys that are set, or both twins where there are none. */
export function shownBy(config: Config): Shown {
  const keyed = [
    ...(config.scripKey === undefined ? [] : (['scrip'] as const)),
    ...(config.trustpagerKey === undefined ? [] : (['trustpager'] as const)),
  ];
  const twins = config.sandbox || keyed.length === 0;
  return { vendors: twins ? ['scrip', 'trustpager'] : keyed, toolsets: config.toolsets, twins };
}

/**
 * Nothing where the server itself must answer: accounts of a file may give tools other arguments, a database may be named wrongly, and a
 * log of this level tells of the list.
 */
export const openingOf = (config: Config): ((line: string) => Said | undefined) | undefined =>
  written && (config.config ?? config.store) === undefined && levels.indexOf(config.logLevel) > levels.indexOf('info')
    ? opening(written, shownBy(config))
    : undefined;
