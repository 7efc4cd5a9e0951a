import { connect, type Socket } from 'node:net';
import { quantile } from './stats.ts';

/** Requests to repeat over HTTP/1.1 keep-alive connections, one at a time on each. */
export interface LoadJob {
  url: string;
  method?: 'GET' | 'POST' | 'PATCH';
  /** Each connection goes round these, starting at another one. */
  paths: readonly string[];
  headers?: Record<string, string>;
  /** JSON text sent with every request. */
  body?: string;
  connections: number;
  ms: number;
  /** Requests a second over all connections; as fast as answered if left out. */
  rate?: number;
  /** Statuses that count as success; 200 if left out. */
  statuses?: readonly number[];
}

export interface LoadReport {
  requests: number;
  /** Answers of another status, and connections lost. */
  errors: number;
  firstError: string | null;
  seconds: number;
  perSecond: number;
  p50: number;
  p99: number;
  max: number;
}

interface Line {
  socket: Socket;
  busy: boolean;
  sentAt: number;
  next: number;
  received: Buffer[];
  size: number;
  wanted: number;
}

const HEADER_END = Buffer.from('\r\n\r\n');

/** Runs a job to its end. Written by hand because it must cost less processor than what it measures. */
export async function runLoad(job: LoadJob): Promise<LoadReport> {
  const { hostname, port, host } = new URL(job.url);
  const requests = job.paths.map((path) => requestOf(job, host, path));
  const good = new Set(job.statuses ?? [200]);
  const latencies: number[] = [];
  let errors = 0;
  let firstError: string | null = null;
  let over = false;
  const fail = (what: string) => {
    errors++;
    firstError ??= what;
  };

  const lines = await Promise.all(
    Array.from({ length: job.connections }, (_, i) => openLine(hostname, Number(port), i)),
  );
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let open = lines.length;
  const began = performance.now();
  const until = began + job.ms;
  let lastAnswer = began;

  function send(line: Line): void {
    line.busy = true;
    line.sentAt = performance.now();
    line.socket.write(requests[line.next++ % requests.length] as Buffer);
  }
  function answered(line: Line, status: number, text: () => string): void {
    lastAnswer = performance.now();
    latencies.push(lastAnswer - line.sentAt);
    line.busy = false;
    if (!good.has(status)) fail(`${status}: ${text().slice(-400)}`);
    if (over || lastAnswer >= until) line.socket.end();
    else if (job.rate === undefined) send(line);
  }

  for (const line of lines) {
    line.socket.on('data', (chunk: Buffer) => take(line, chunk, answered));
    line.socket.on('error', (error) => fail(error.message));
    line.socket.on('close', () => {
      if (line.busy) fail('connection closed before the answer');
      if (--open === 0) end();
    });
    if (job.rate === undefined) send(line);
  }
  const pacer = job.rate === undefined ? null : pace(job.rate, lines, send, began);
  const timer = setTimeout(() => {
    over = true;
    for (const line of lines) if (!line.busy) line.socket.end();
  }, job.ms);
  await ended;
  clearTimeout(timer);
  if (pacer) clearInterval(pacer);
  const seconds = (lastAnswer - began) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  return {
    requests: latencies.length,
    errors,
    firstError,
    seconds,
    perSecond: latencies.length / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? Number.NaN,
  };
}

function requestOf(job: LoadJob, host: string, path: string): Buffer {
  const body = job.body === undefined ? null : Buffer.from(job.body);
  const headers: Record<string, string> = {
    host,
    ...job.headers,
    ...(body ? { 'content-type': 'application/json', 'content-length': String(body.length) } : {}),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `${job.method ?? 'GET'} ${path} HTTP/1.1\r\n${head.join('')}\r\n`;
  return body ? Buffer.concat([Buffer.from(text), body]) : Buffer.from(text);
}

function openLine(host: string, port: number, index: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve({ socket, busy: false, sentAt: 0, next: index, received: [], size: 0, wanted: 0 });
    });
  });
}

/** Puts pieces of an answer together; answers almost always come in one. */
function take(
  line: Line,
  chunk: Buffer,
  answered: (line: Line, status: number, text: () => string) => void,
): void {
  line.received.push(chunk);
  line.size += chunk.length;
  if (line.wanted === 0) {
    const all = line.received.length === 1 ? chunk : Buffer.concat(line.received);
    const headEnd = all.indexOf(HEADER_END);
    if (headEnd < 0) return;
    const head = all.toString('latin1', 0, headEnd).toLowerCase();
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    if (length === undefined && !/^http\/1\.1 (204|304)/.test(head))
      throw new Error('an answer without content-length');
    line.wanted = headEnd + 4 + Number(length ?? 0);
  }
  if (line.size < line.wanted) return;
  const parts = line.received;
  const status = Number((parts[0] as Buffer).toString('latin1', 9, 12));
  line.received = [];
  line.size = 0;
  line.wanted = 0;
  answered(line, status, () => Buffer.concat(parts).toString());
}

/** Starts requests as they fall due, on whichever connections are free. */
function pace(rate: number, lines: Line[], send: (line: Line) => void, began: number): NodeJS.Timeout {
  let sent = 0;
  let last = 0;
  return setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    for (let tried = 0; sent < due && tried < lines.length; tried++) {
      const line = lines[last++ % lines.length] as Line;
      if (line.busy || line.socket.writableEnded) continue;
      send(line);
      sent++;
    }
    // What the connections could not take is not made up for later.
    sent = Math.max(sent, due);
  }, 1);
}
