// Being told to stop, by a signal or Ctrl-C.

/** Resolves at the first signal; a second one ends the program at once. */
export function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    let stopping = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (stopping) process.exit(1);
        stopping = true;
        resolve();
      });
  });
}
