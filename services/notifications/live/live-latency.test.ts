import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../tests/setup/postgres.ts';
import { measureLatency } from '../testing/live-latency.ts';
import { type LiveWorld, startLiveWorld } from '../testing/live-world.ts';

let database: TestDatabase;
let world: LiveWorld;
beforeAll(async () => {
  database = await testDatabase('live_latency');
  world = await startLiveWorld(database.url);
});
afterAll(async () => {
  await world?.stop();
  await database?.drop();
});

it.each([1, 100])('brings every change to each of %i sockets, and says how fast', async (sockets) => {
  const latency = await measureLatency(world, sockets, 30);
  expect(latency.arrived).toBe(sockets * 30);
  process.stderr.write(
    `commit to frame, ${sockets} sockets: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms\n`,
  );
});
