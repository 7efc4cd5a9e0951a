import { constants } from 'node:os';

/** Ctrl-C reaches a program up to three times at once: from the terminal, from npm and from the bootstrap. */
const SAME_PRESS_MS = 1_000;

/**
 * Calls `stop` on the first SIGINT, SIGTERM or SIGHUP, and when the bootstrap that started us is gone. A further one, more than a second later, ends the process
 * at once, with the exit code shells use for that signal.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void, say: (line: string) => void): void {
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first === undefined) {
        first = Date.now();
        stop(signal);
      } else if (Date.now() - first > SAME_PRESS_MS) {
        say('Stopping at once.');
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
  if (process.env.GANTRY_BOOTSTRAP !== String(process.ppid)) return;
  const bootstrap = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === bootstrap) return;
    clearInterval(watch);
    first ??= Date.now();
    stop('SIGHUP');
  }, 250);
  watch.unref();
}
