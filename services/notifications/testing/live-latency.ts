import { Worker } from 'node:worker_threads';
import { API_BASE, newId } from '@gantry/contracts';
import { LIVE_PATH } from '@gantry/contracts/notifications';
import type { LiveWorld } from './live-world.ts';

export interface Latency {
  sockets: number;
  /** Frames that arrived; `sockets` × `changes` if none was lost. */
  arrived: number;
  /** Milliseconds from the commit to a frame at a client. */
  p50: number;
  p99: number;
  max: number;
}

const now = () => performance.timeOrigin + performance.now();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds from a commit to its frame on each of so many sockets, each of a person of their own. */
export async function measureLatency(world: LiveWorld, sockets: number, changes: number): Promise<Latency> {
  const book = world.aBook();
  const tokens = await Promise.all(
    Array.from({ length: sockets }, () => {
      const userId = newId('user');
      return world.identity.token(userId, { sid: userId });
    }),
  );
  const url = `${world.runtime.url.replace(/^http/, 'ws')}${API_BASE}${LIVE_PATH}`;
  const clients = new Worker(new URL('./latency-clients.ts', import.meta.url), {
    workerData: { url, tokens, stream: book.stream },
  });
  const answer = () => new Promise<unknown>((resolve) => clients.once('message', resolve));
  await answer();
  const committed = new Map<number, number>();
  for (let seq = 1; seq <= changes; seq++) {
    await world.write(book);
    committed.set(seq, now());
    await sleep(20 + Math.random() * 20);
  }
  await sleep(1_500);
  const arrivals = answer() as Promise<Map<number, number[]>>;
  clients.postMessage('report');
  const latencies = [...(await arrivals)]
    .flatMap(([seq, times]) => times.map((at) => at - (committed.get(seq) ?? at)))
    .sort((a, b) => a - b);
  await clients.terminate();
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { sockets, arrived: latencies.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
