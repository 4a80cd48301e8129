// The tools that every server here offers, as ours lists them. The bundle of a floor holds the text itself.
import { offered, toolList } from '../../src/server/offer.ts';
import { catalogue } from '../../tools/index.ts';

const accounts = (['scrip', 'trustpager'] as const).map(vendor => ({ id: vendor, vendor }));

export const listed: string = JSON.stringify(toolList(offered(catalogue, accounts as never, 'core')));
