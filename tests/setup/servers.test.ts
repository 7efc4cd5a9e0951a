import { connect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { type Available, ensureRabbit, ensureRedis, type Unavailable } from './servers.ts';

const [redis, rabbit] = await Promise.all([ensureRedis(), ensureRabbit()]);
afterAll(async () => {
  for (const server of [redis, rabbit]) if (!('skipped' in server)) await server.stop();
});

const skipReason = (server: Available | Unavailable): string =>
  'skipped' in server ? ` [skipped: ${server.skipped}]` : '';

test.skipIf('skipped' in redis)(`Redis answers${skipReason(redis)}`, async () => {
  expect(await connects((redis as Available).url)).toBe(true);
});

test.skipIf('skipped' in rabbit)(`RabbitMQ answers${skipReason(rabbit)}`, async () => {
  expect(await connects((rabbit as Available).url)).toBe(true);
});

function connects(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((done) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
