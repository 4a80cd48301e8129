// Stops asking a vendor that does not answer: an open breaker costs nothing and sends nothing (reliability.md R7).

export interface Breaker {
  /** Seconds until a request may go out; 0 where one may now. */
  wait(): number;
  /** Whether this request may go out. True must be followed by exactly one of the other three. */
  enter(): boolean;
  /** Any HTTP answer, a refusal included: the vendor is there. */
  answered(): void;
  failed(): void;
  /** It ended without telling anything about the vendor: cancelled, or never tried. */
  left(): void;
}

/** Opens after `failures` transport failures in a row; after `pause` milliseconds it lets one probe through, whose end decides. */
export function circuitBreaker({ failures = 5, pause = 10_000, now = () => performance.now() } = {}): Breaker {
  let inRow = 0;
  let openedAt: number | undefined;
  let probing = false;
  const remaining = (): number => (openedAt === undefined ? 0 : Math.max(0, openedAt + pause - now()));
  return {
    wait: () => (probing ? 1 : Math.ceil(remaining() / 1000)),
    enter() {
      if (openedAt === undefined) return true;
      if (probing || remaining() > 0) return false;
      probing = true;
      return true;
    },
    answered() {
      inRow = 0;
      openedAt = undefined;
      probing = false;
    },
    failed() {
      inRow += 1;
      probing = false;
      if (inRow >= failures) openedAt = now();
    },
    left() {
      probing = false;
    },
  };
}
