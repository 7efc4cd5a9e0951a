import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeId, type Id, newId, streamName } from '@gantry/contracts';
import { type Bus, makeLogger, postgresBus, type Runtime, type Service, startRuntime } from '@gantry/kit';
import { noteCreated, notesService, type TestIdentity, testIdentity } from '@gantry/kit/testing';
import { notificationsService } from '../service.ts';
import { type LiveClient, liveClient } from './live-client.ts';

/** A book of notes: the smallest thing with a stream of its own. */
export interface Book {
  id: Id<'project'>;
  stream: string;
}

export interface LiveWorld {
  runtime: Runtime;
  identity: TestIdentity;
  notes: Service;
  /** Takes a book away from a person, or gives it back. */
  refused: Set<string>;
  /** While true, changes reach nobody by the bus. */
  deaf: { bus: boolean; access: boolean };
  aBook(): Book;
  connect(options?: { userId?: Id<'user'>; claims?: Record<string, unknown> }): Promise<LiveClient>;
  /** Writes this many notes in one transaction. */
  write(book: Book, count?: number, text?: string): Promise<void>;
  stop(): Promise<void>;
}

/** The notes service of the kit, the notifications service and a stand-in for users, on one database. */
export async function startLiveWorld(
  databaseUrl: string,
  given: { identity?: TestIdentity; refused?: Set<string> } = {},
): Promise<LiveWorld> {
  const identity = given.identity ?? (await testIdentity());
  const refused = given.refused ?? new Set<string>();
  const deaf = { bus: false, access: false };
  const notes = notesService(undefined, [], async (_ctx, uuid, userId) => {
    if (deaf.access) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    return { allowed: !refused.has(`${userId} ${uuid}`) && !refused.has(userId), freshForMs: 750 };
  });
  const runtime = await startRuntime({
    services: [identity.users, notes, notificationsService],
    databaseUrl,
    secret: 'test',
    log: makeLogger('fatal', process.stderr),
    dataDir: await mkdtemp(join(tmpdir(), 'gantry-live-')),
    env: { PORT: '0', HOST: '127.0.0.1' },
    bus: async ({ databaseUrl: url, log }) => hardOfHearing(await postgresBus({ url, log }), deaf),
  });
  const service = runtime.services.get('notes') as Service;
  return {
    runtime,
    identity,
    notes: service,
    refused,
    deaf,
    aBook() {
      const id = newId('project');
      return { id, stream: streamName('notes', 'book', decodeId('project', id) as string) };
    },
    async connect({ userId = newId('user'), claims = {} } = {}) {
      const token = await identity.token(userId, { sid: userId, ...claims });
      const client = await liveClient(runtime.url, token);
      await client.next('hello');
      return client;
    },
    write: (book, count = 1, text) =>
      service.systemContext().write(async (tx) => {
        for (let i = 0; i < count; i++) {
          tx.record(noteCreated, {
            stream: book.stream,
            workspaceId: null,
            entityId: newId('task'),
            version: 1,
            after: { title: `Note ${i}`, ...(text === undefined ? {} : { text }) },
          });
        }
      }),
    stop: () => runtime.stop(),
  };
}

function hardOfHearing(bus: Bus, deaf: { bus: boolean }): Bus {
  return {
    ...bus,
    tail: (handle) =>
      bus.tail((changes) => {
        if (!deaf.bus) handle(changes);
      }),
  };
}
