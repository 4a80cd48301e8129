// How many calls each principal has under way, and when the last of all is over.
import { setTimeout as sleep } from 'node:timers/promises';

export function countCalls(most: number) {
  const open = new Map<string, number>();
  return {
    /** What ends the call, or nothing where the principal has too many already. Ending it twice counts once. */
    begin(principal: string): (() => void) | undefined {
      const before = open.get(principal) ?? 0;
      if (before >= most) return undefined;
      open.set(principal, before + 1);
      let over = false;
      return () => {
        if (over) return;
        over = true;
        const left = (open.get(principal) ?? 1) - 1;
        if (left > 0) open.set(principal, left);
        else open.delete(principal);
      };
    },
    /** Waits until none is under way, or until then, which may come nearer meanwhile. */
    async over(until: () => number): Promise<void> {
      while (open.size > 0 && performance.now() < until()) await sleep(20);
    },
  };
}

export type Calls = ReturnType<typeof countCalls>;
