// Being told to stop, by a signal or Ctrl-C.

/** Resolves at the first signal; a second one ends the program at once. */
export const stopSignal = (): Promise<void> => signals(1)[0] as Promise<void>;

/** `stop` at the first signal, `hurry` at the second; a third one ends the program at once. */
export function stopSignals(): { stop: Promise<void>; hurry: Promise<void> } {
  const [stop, hurry] = signals(2) as [Promise<void>, Promise<void>];
  return { stop, hurry };
}

function signals(count: number): Promise<void>[] {
  const waiting = Array.from({ length: count }, () => Promise.withResolvers<void>());
  let at = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      const next = waiting[at++];
      if (!next) process.exit(1);
      next.resolve();
    });
  return waiting.map(({ promise }) => promise);
}
