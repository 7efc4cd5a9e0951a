import { WebSocket } from 'ws';
import { quantile } from './stats.ts';

/** Browsers that watch: sockets that follow streams and note when each change arrived. */
export interface WatchJob {
  url: string;
  cookie: string;
  /** Every socket follows all of these. */
  streams: readonly string[];
  sockets: number;
  ms: number;
}

export interface WatchReport {
  /** Changes seen, over all sockets. */
  seen: number;
  /** Milliseconds from the time in the change (taken by the database just before the commit) to its arrival. */
  p50: number;
  p99: number;
  max: number;
  /** Changes missing in the middle of a stream; must be 0. */
  gaps: number;
  problems: string[];
}

interface Frame {
  type: string;
  stream?: string;
  changes?: { seq: number; at: string }[];
}

const START_MS = 10_000;

export async function watch(job: WatchJob): Promise<WatchReport> {
  const latencies: number[] = [];
  const problems: string[] = [];
  let gaps = 0;
  const sockets = await Promise.all(
    Array.from({ length: job.sockets }, () =>
      openSocket(job, (frame, at, last) => {
        if (frame.type !== 'changes') return void problems.push(JSON.stringify(frame).slice(0, 200));
        for (const change of frame.changes ?? []) {
          latencies.push(at - Date.parse(change.at));
          const before = last.get(frame.stream as string);
          if (before !== undefined && change.seq !== before + 1) gaps++;
          last.set(frame.stream as string, change.seq);
        }
      }),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, job.ms));
  for (const socket of sockets) socket.terminate();
  const sorted = Float64Array.from(latencies).sort();
  return {
    seen: sorted.length,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? Number.NaN,
    gaps,
    problems: problems.slice(0, 5),
  };
}

/** Resolves when every stream is followed. */
function openSocket(
  job: WatchJob,
  take: (frame: Frame, at: number, last: Map<string, number>) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${job.url.replace('http', 'ws')}/api/v1/live`, {
    headers: { cookie: job.cookie, origin: job.url },
    perMessageDeflate: false,
  });
  const last = new Map<string, number>();
  let subscribed = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the live socket did not open in time')), START_MS);
    socket.on('error', reject);
    socket.on('close', (code, reason) => reject(new Error(`live socket closed: ${code} ${reason}`)));
    socket.on('message', (data) => {
      // The clock of the wall, as the database has it: a clock that was set since the process began would show.
      const at = Date.now();
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'hello') {
        for (const stream of job.streams) socket.send(JSON.stringify({ type: 'subscribe', stream }));
      } else if (frame.type === 'subscribed') {
        if (++subscribed < job.streams.length) return;
        clearTimeout(timer);
        resolve(socket);
      } else if (frame.type !== 'presence' && frame.type !== 'pong') take(frame, at, last);
    });
  });
}
