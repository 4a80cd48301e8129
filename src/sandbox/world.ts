// Everything the twins are made of, and how it comes up to the present.
import type { Clock } from './clock.ts';
import type { Faults } from './control/faults.ts';
import type { RequestLog } from './control/log.ts';
import type { Readings } from './readings.ts';
import { advance as advanceScrip, type Happened } from './scrip/engine.ts';
import type { ScripState } from './scrip/state.ts';
import { advance as advanceTrustPager } from './trustpager/scheduled.ts';
import type { TrustPagerState } from './trustpager/state.ts';

export interface World {
  clock: Clock;
  readings: Readings;
  log: RequestLog;
  faults: Faults;
  scrip: ScripState;
  trustpager: TrustPagerState;
}

/** What happened at Scrip, and how many sends and approvals moved on at TrustPager. */
export function advance({ scrip, trustpager }: World): { scrip: Happened; trustpager: number } {
  return { scrip: advanceScrip(scrip), trustpager: advanceTrustPager(trustpager) };
}
