import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from './postgres.ts';

test('every test database is fresh, and dropping it cuts its connections', async () => {
  const [first, second] = await Promise.all([testDatabase('Same name!'), testDatabase('Same name!')]);
  expect(first.name).not.toBe(second.name);

  const client = new pg.Client({ connectionString: first.url });
  const cut = new Promise<void>((resolve) => client.on('error', () => resolve()));
  await client.connect();
  expect((await client.query('SELECT current_database() AS name')).rows[0].name).toBe(first.name);
  await first.drop();
  await cut;
  await first.drop();
  await second.drop();
});
