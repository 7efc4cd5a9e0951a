import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';

/** One of our programs in a process of its own, asked by name; its functions are what it gave to `serve`. */
export interface Child {
  pid: number;
  call<T>(name: string, input?: unknown): Promise<T>;
  /** Asks it to end, and makes sure that it does. */
  stop(): Promise<void>;
}

interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

const STOP_MS = 20_000;

/** Starts `bench/lib/<file>`; `output` is a file descriptor for what it prints. */
export async function startChild(
  file: string,
  options: { env?: Record<string, string | undefined>; output?: number; execArgv?: string[] } = {},
): Promise<Child> {
  const stdio: StdioOptions = ['ignore', options.output ?? 'ignore', 'inherit', 'ipc'];
  const child = fork(new URL(file, import.meta.url), [], {
    stdio,
    serialization: 'advanced',
    execArgv: options.execArgv ?? [],
    env: { ...process.env, ...options.env },
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 0;
  let ended = false;
  const endWithUs = () => void child.kill('SIGKILL');
  process.on('exit', endWithUs);
  child.on('message', (answer: Answer) => {
    const asker = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) asker?.resolve(answer.value);
    else asker?.reject(new Error(`${file}: ${answer.error}`));
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      process.off('exit', endWithUs);
      for (const { reject } of waiting.values())
        reject(new Error(`${file} ended by itself (${signal ?? code})`));
      waiting.clear();
      resolve();
    });
  });
  const call = <T>(name: string, input?: unknown) =>
    new Promise<T>((resolve, reject) => {
      if (ended) return reject(new Error(`${file} has ended`));
      const id = nextId++;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      child.send({ id, name, input });
    });
  await call('ready');
  return {
    pid: child.pid as number,
    call,
    async stop() {
      if (ended) return;
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      endIt(child);
      await gone;
      clearTimeout(timer);
    },
  };
}

function endIt(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}

/** The other side: answers calls by these functions until the parent lets go, then runs `end`. */
// biome-ignore lint/suspicious/noExplicitAny: each function knows its own input
export function serve(functions: Record<string, (input: any) => unknown>, end?: () => Promise<void>): void {
  const all: typeof functions = { ready: () => undefined, ...functions };
  process.on('message', async ({ id, name, input }: { id: number; name: string; input: unknown }) => {
    try {
      const value = await all[name]?.(input);
      process.send?.({ id, value });
    } catch (error) {
      process.send?.({ id, error: (error as Error).stack ?? String(error) });
    }
  });
  process.once('disconnect', () => {
    void (end?.() ?? Promise.resolve()).finally(() => process.exit(0));
  });
  // Ctrl-C reaches every process of the group; the parent ends us in order.
  process.on('SIGINT', () => {});
}
