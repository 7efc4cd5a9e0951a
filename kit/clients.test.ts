import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiProblem,
  defineContract,
  defineErrors,
  defineRoute,
  IdOf,
  newId,
  Strict,
} from '@gantry/contracts';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../tests/setup/postgres.ts';
import {
  defineService,
  type Env,
  fail,
  failWith,
  handlerFor,
  makeLogger,
  type Runtime,
  type ServiceDefinition,
  startRuntime,
} from './index.ts';
import { notesService, testIdentity } from './testing/index.ts';

const calleeErrors = defineErrors({
  too_blue: { status: 409, title: 'Too blue', detail: 'Make it less blue.' },
});
const calleeContract = defineContract({
  name: 'callee',
  routes: {
    echo: defineRoute({
      id: 'echo',
      method: 'POST',
      path: '/internal/callee/echo/{task_id}/{name}',
      auth: 'service',
      status: 200,
      summary: 'Says what it understood',
      params: Strict({ task_id: IdOf('task'), name: Type.String() }),
      query: Strict({
        flag: Type.Optional(Type.Boolean()),
        count: Type.Optional(Type.Integer({ minimum: 1, default: 7 })),
        text: Type.Optional(Type.String()),
      }),
      body: Strict({ any: Type.Unknown(), at: Type.Optional(Type.String()) }),
      response: Type.Object({
        params: Type.Unknown(),
        query: Type.Unknown(),
        body: Type.Unknown(),
        number: Type.Integer(),
      }),
    }),
    fails: defineRoute({
      id: 'fails',
      method: 'GET',
      path: '/internal/callee/fails',
      auth: 'service',
      status: 200,
      summary: 'Fails as asked',
      query: Strict({ how: Type.String() }),
      response: Type.Object({ ok: Type.Boolean() }),
    }),
    nothing: defineRoute({
      id: 'nothing',
      method: 'DELETE',
      path: '/internal/callee/nothing',
      auth: 'service',
      status: 204,
      summary: 'Answers nothing',
    }),
    forPeople: defineRoute({
      id: 'forPeople',
      method: 'GET',
      path: '/people',
      status: 200,
      summary: 'Needs a person',
      response: Type.Object({ id: Type.String() }),
    }),
  },
});
const { routes } = calleeContract;
const handle = handlerFor();

const callee = defineService({
  name: 'callee',
  contract: calleeContract,
  config: {},
  migrations: null,
  pool: 0,
  calls: {},
  routes: [
    handle(routes.echo, async (ctx, input) => {
      if (ctx.facts.caller !== 'caller') throw new Error(`called by ${ctx.facts.caller}`);
      return { ...input, number: 1, secret: 'never leaves' };
    }),
    handle(routes.fails, async (_ctx, { query }) => {
      if (query.how === 'not_found') throw fail('not_found', { detail: 'No such thing.' });
      if (query.how === 'custom')
        throw failWith(calleeErrors, 'too_blue', { fields: [{ path: 'body/a', code: 'b', message: 'c' }] });
      if (query.how === 'unavailable') throw fail('unavailable');
      if (query.how === 'bug') throw new TypeError('x is not a function');
      if (query.how === 'shape') return {} as { ok: boolean };
      return { ok: true };
    }),
    handle(routes.nothing, async () => undefined),
    handle(routes.forPeople, async (ctx) => ({ id: ctx.userId })),
  ],
});
const caller = defineService({
  name: 'caller',
  contract: defineContract({ name: 'caller', routes: {} }),
  config: {},
  migrations: null,
  pool: 1,
  calls: { callee: calleeContract },
  routes: [],
});

let database: TestDatabase;
const runtimes: Runtime[] = [];
type CalleeClient = { [K in keyof typeof routes]: (input: unknown) => Promise<unknown> };
const clients: Record<string, CalleeClient> = {};

async function start(services: ServiceDefinition[], env: Env): Promise<Runtime> {
  const runtime = await startRuntime({
    services,
    databaseUrl: database.url,
    secret: 'test',
    log: makeLogger('silent'),
    dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
    env: { PORT: '0', HOST: '127.0.0.1', ...env },
  });
  runtimes.push(runtime);
  return runtime;
}
const clientOf = (runtime: Runtime) => runtime.services.get('caller')?.call.callee as unknown as CalleeClient;

beforeAll(async () => {
  database = await testDatabase('clients');
  const { users } = await testIdentity();
  const services = [users, caller, callee];
  clients['in process'] = clientOf(await start(services, {}));
  const distant = await start(services, { SERVICES: 'users,callee' });
  clients['over HTTP'] = clientOf(await start(services, { SERVICES: 'caller', CALLEE_URL: distant.url }));
});
afterAll(async () => {
  await Promise.all(runtimes.map((runtime) => runtime.stop()));
  await database?.drop();
});

/** What a call gives, in a form that can be compared. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call() };
  } catch (error) {
    if (!(error instanceof ApiProblem)) return { thrown: String(error) };
    const { request_id: _id, ...problem } = error.problem;
    return { problem, status: error.status, code: error.code, retryAfter: error.retryAfter };
  }
}

const task = newId('task');
const params = { task_id: task, name: 'a/b c%?#ä' };
const cases: [string, keyof typeof routes, unknown][] = [
  [
    'everything given',
    'echo',
    { params, query: { flag: true, count: 3, text: 'x' }, body: { any: [1, null] } },
  ],
  ['defaults', 'echo', { params, query: {}, body: { any: {} } }],
  [
    'nothing and null in the query',
    'echo',
    { params, query: { text: null, flag: undefined }, body: { any: 1 } },
  ],
  ['numbers for text', 'echo', { params: { ...params, name: 12 }, query: { text: 5 }, body: { any: 1 } }],
  [
    'dates and undefined in the body',
    'echo',
    { params, query: {}, body: { any: { a: undefined, at: new Date(0) } } },
  ],
  ['a wrong id', 'echo', { params: { ...params, task_id: newId('project') }, query: {}, body: { any: 1 } }],
  [
    'wrong values everywhere',
    'echo',
    { params, query: { count: 'x', flag: 'maybe', what: 1 }, body: { at: 5 } },
  ],
  ['no body', 'echo', { params, query: {} }],
  ['an expected error', 'fails', { query: { how: 'not_found' } }],
  ["an error of the owner's list, with fields", 'fails', { query: { how: 'custom' } }],
  ['unavailable', 'fails', { query: { how: 'unavailable' } }],
  ['a bug', 'fails', { query: { how: 'bug' } }],
  ['an answer that breaks the contract', 'fails', { query: { how: 'shape' } }],
  ['a success', 'fails', { query: { how: '' } }],
  ['no answer', 'nothing', {}],
  ['no input at all', 'nothing', undefined],
  ['a route for people', 'forPeople', {}],
];

describe('a call to another service', () => {
  it.each(cases)('answers the same in process and over HTTP: %s', async (_name, route, input) => {
    const here = await outcome(() => (clients['in process'] as CalleeClient)[route](input));
    const there = await outcome(() => (clients['over HTTP'] as CalleeClient)[route](input));
    expect(here).toEqual(there);
    expect(here).not.toHaveProperty('thrown');
  });

  it('filters the answer and copies what goes in and out', async () => {
    for (const client of Object.values(clients)) {
      const any = { list: [1] };
      const answer = (await client.echo({ params, query: {}, body: { any } })) as {
        body: { any: { list: number[] } };
      };
      expect(answer).not.toHaveProperty('secret');
      answer.body.any.list.push(2);
      expect(any.list).toEqual([1]);
    }
  });

  it('is refused inside a transaction, and so is a query beside it', async () => {
    const ctx = runtimes[0]?.services.get('caller')?.systemContext();
    if (!ctx) throw new Error('no caller');
    await ctx.write(async () => {
      expect(() => ctx.call).toThrow(/inside a transaction/);
      expect(() => ctx.query({ name: 'x', text: 'select 1' })).toThrow(/beside the transaction/);
      await expect(ctx.write(async () => {})).rejects.toThrow(/inside a write/);
    });
    expect(ctx.call).toBeDefined();
  });

  it('says unavailable when the callee is not there, soon and in one way', async () => {
    const services = [caller, callee];
    const alone = clientOf(await start(services, { SERVICES: 'caller' }));
    const wrong = clientOf(await start(services, { SERVICES: 'caller', CALLEE_URL: 'http://127.0.0.1:9' }));
    const gone = await start(services, { SERVICES: 'callee' });
    const left = clientOf(await start(services, { SERVICES: 'caller', CALLEE_URL: gone.url }));
    expect(await left.fails({ query: { how: '' } })).toEqual({ ok: true });
    await gone.stop();
    for (const client of [alone, wrong, left]) {
      for (const [route, input] of [
        ['fails', { query: { how: '' } }],
        ['nothing', {}],
      ] as const) {
        const began = performance.now();
        expect(await outcome(() => client[route](input))).toMatchObject({ status: 503, code: 'unavailable' });
        expect(performance.now() - began).toBeLessThan(3_000);
      }
    }
  });

  it('is refused by a callee that has another secret', async () => {
    const distant = runtimes.find((r) => r.services.has('callee') && !r.services.has('caller'));
    const stranger = await startRuntime({
      services: [caller, callee],
      databaseUrl: database.url,
      secret: 'another',
      log: makeLogger('silent'),
      dataDir: await mkdtemp(join(tmpdir(), 'gantry-kit-')),
      env: { PORT: '0', HOST: '127.0.0.1', SERVICES: 'caller', CALLEE_URL: distant?.url },
    });
    runtimes.push(stranger);
    expect(await outcome(() => clientOf(stranger).nothing({}))).toMatchObject({ status: 401 });
  });

  it('is never answered by the public door', async () => {
    const distant = runtimes.find((r) => r.services.has('callee')) as Runtime;
    for (const token of ['', 'x', 'eyJhbGciOiJub25lIn0.eyJzdmMiOiJjYWxsZXIifQ.'])
      expect(
        (
          await fetch(`${distant.url}/internal/callee/nothing`, {
            method: 'DELETE',
            headers: { authorization: `Bearer ${token}` },
          })
        ).status,
      ).toBe(401);
  });
});

describe('the log of another service', () => {
  it('is read the same in process and over HTTP, and catches a consumer up that was away', async () => {
    const identity = await testIdentity();
    const services = [identity.users, notesService(), caller];
    const notes = await start(services, { SERVICES: 'users,notes' });
    const far = await start(services, { SERVICES: 'caller', NOTES_URL: notes.url, USERS_URL: notes.url });
    const book = newId('project');
    for (const title of ['a', 'b', 'c'])
      await fetch(`${notes.url}/api/v1/books/${book}/notes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await identity.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title, text: 'x'.repeat(5_000) }),
      });
    const near = notes.services.get('notes')?.logOf('notes');
    const distant = far.services.get('caller')?.logOf('notes');
    const streams = (await distant?.streams(null)) ?? [];
    expect(streams).toEqual(await near?.streams(null));
    const stream = streams[0]?.stream ?? '';
    const page = await distant?.read(stream, 1);
    expect(page).toEqual(await near?.read(stream, 1));
    expect(page?.data.map((c) => c.seq)).toEqual([2, 3]);
    expect(page?.data[0]?.after?.text).toHaveLength(5_000);
    expect(await distant?.access(newId('user'), [stream, 'nonsense', 'tasks/x:1'])).toEqual({
      allowed: [true, false, false],
      freshForMs: 750,
    });
  });
});
