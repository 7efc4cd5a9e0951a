import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeId, type Id, newId, streamName } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/setup/postgres.ts';
import { fail, makeLogger, type Runtime, startRuntime } from '../index.ts';
import type { LogClient, Service } from '../service.ts';
import { noteCreated, notesService, testIdentity } from '../testing/index.ts';

let database: TestDatabase;
let runtime: Runtime;
let notes: Service;
let log: LogClient;
const refused = new Set<string>();
const unknown = new Set<string>();

beforeAll(async () => {
  database = await testDatabase('log_routes');
  const { users } = await testIdentity();
  runtime = await startRuntime({
    services: [
      users,
      notesService(undefined, [], async (_ctx, _uuid, userId) => {
        if (unknown.has(userId)) throw fail('unavailable');
        return { allowed: !refused.has(userId), freshForMs: 5_000 };
      }),
    ],
    databaseUrl: database.url,
    secret: 'test',
    log: makeLogger('warn', process.stderr),
    dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
    env: { PORT: '0', HOST: '127.0.0.1' },
  });
  notes = runtime.services.get('notes') as Service;
  log = notes.logOf('notes');
});
afterAll(async () => {
  await runtime?.stop();
  await database?.drop();
});

const aStream = () => streamName('notes', 'book', decodeId('project', newId('project')) as string);

describe('the log of a service, asked by another', () => {
  it('says the heads of many streams in the order asked, 0 for those without changes', async () => {
    const [one, two, none] = [aStream(), aStream(), aStream()];
    for (const stream of [one, two, two]) {
      await notes.systemContext().write(async (tx) => {
        tx.record(noteCreated, { stream, workspaceId: null, entityId: newId('task'), version: 1, after: {} });
      });
    }
    expect(await log.heads([two, none, one, two])).toEqual([2, 0, 1, 2]);
    expect(await log.heads([])).toEqual([]);
  });

  it('judges many people at once, and says null where it cannot', async () => {
    const [allowed, refusedOne, unknownOne] = [newId('user'), newId('user'), newId('user')] as Id<'user'>[];
    refused.add(refusedOne as string);
    unknown.add(unknownOne as string);
    const stream = aStream();
    const answers = await log.followers([
      { userId: allowed as string, stream },
      { userId: refusedOne as string, stream },
      { userId: unknownOne as string, stream },
      { userId: allowed as string, stream: stream.replace('book', 'shelf') },
      { userId: allowed as string, stream: 'nonsense' },
    ]);
    expect(answers.map((answer) => answer.allowed)).toEqual([true, false, null, false, false]);
    // However long the owner would believe it, nobody else may for more than 750 ms.
    expect(answers[0]?.freshForMs).toBe(750);
  });
});
