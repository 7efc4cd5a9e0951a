import {
  ChangePage,
  type Client,
  defineContract,
  defineRoute,
  type Id,
  IdOf,
  Nullable,
  parseStream,
  Strict,
} from '@gantry/contracts';
import { Type } from 'typebox';
import { statement } from '../db/database.ts';
import { asAppError, fail } from '../errors.ts';
import { FRESH_MS } from '../fresh-cache.ts';
import type { AnyContext, LogClient, RouteHandler, ServiceDefinition } from '../service.ts';
import { headOf, readLog } from './read.ts';

const StreamName = Type.String({ maxLength: 100 });
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const STREAMS_PAGE = 500;
/** Streams or pairs one question may hold. */
export const MANY_STREAMS = 500;

/** Routes every service with a log answers to other services: backfill, the list of streams, and who may follow them. */
export function logContract(name: string) {
  return defineContract({
    name,
    routes: {
      readLog: defineRoute({
        id: `${name}ReadLog`,
        method: 'GET',
        path: `/internal/${name}/log`,
        auth: 'service',
        status: 200,
        summary: 'Changes of a stream after a seq',
        query: Strict({
          stream: StreamName,
          after: Seq,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 500 })),
        }),
        response: ChangePage,
      }),
      listStreams: defineRoute({
        id: `${name}ListStreams`,
        method: 'GET',
        path: `/internal/${name}/streams`,
        auth: 'service',
        status: 200,
        summary: 'Streams with their heads',
        query: Strict({ after: Type.Optional(StreamName) }),
        response: Type.Object({ data: Type.Array(Type.Object({ stream: StreamName, seq: Type.Integer() })) }),
      }),
      streamAccess: defineRoute({
        id: `${name}StreamAccess`,
        method: 'POST',
        path: `/internal/${name}/streams/access`,
        auth: 'service',
        status: 200,
        summary: 'Which streams a person may follow',
        body: Strict({ user_id: IdOf('user'), streams: Type.Array(StreamName, { maxItems: 500 }) }),
        response: Type.Object({ allowed: Type.Array(Type.Boolean()), fresh_for_ms: Type.Integer() }),
      }),
      streamHeads: defineRoute({
        id: `${name}StreamHeads`,
        method: 'POST',
        path: `/internal/${name}/streams/heads`,
        auth: 'service',
        status: 200,
        summary: 'The last seq of each of these streams, 0 for one without changes',
        body: Strict({ streams: Type.Array(StreamName, { maxItems: MANY_STREAMS }) }),
        response: Type.Object({ heads: Type.Array(Type.Integer()) }),
      }),
      followers: defineRoute({
        id: `${name}Followers`,
        method: 'POST',
        path: `/internal/${name}/streams/followers`,
        auth: 'service',
        status: 200,
        summary: 'Which of these people may follow which stream; null where it cannot be said now',
        body: Strict({
          pairs: Type.Array(Strict({ user_id: IdOf('user'), stream: StreamName }), {
            maxItems: MANY_STREAMS,
          }),
        }),
        response: Type.Object({
          answers: Type.Array(
            Type.Object({ allowed: Nullable(Type.Boolean()), fresh_for_ms: Type.Integer() }),
          ),
        }),
      }),
    },
  });
}

const streamsStatement = statement<{ stream: string; seq: number }>(
  'log.streams',
  `select stream, seq from log_stream where stream > $1 order by stream limit ${STREAMS_PAGE}`,
);

const headsStatement = statement<{ stream: string; seq: number }>(
  'log.heads',
  'select stream, seq from log_stream where stream = any($1)',
);

export function logHandlers(definition: ServiceDefinition): RouteHandler[] {
  const { routes } = logContract(definition.name);
  const bind = (
    route: RouteHandler['route'],
    handle: (ctx: AnyContext, input: never) => Promise<unknown>,
  ): RouteHandler => ({ route, handle: handle as unknown as RouteHandler['handle'] });
  return [
    bind(
      routes.readLog,
      async (ctx, { query }: { query: { stream: string; after: number; limit: number } }) => {
        const data = await readLog(ctx.db, query.stream, query.after, query.limit);
        return {
          data,
          meta: { stream: query.stream, head: await headOf(ctx.db, query.stream), resync: false },
        };
      },
    ),
    bind(routes.listStreams, async (ctx, { query }: { query: { after?: string } }) => ({
      data: await ctx.query(streamsStatement, [query.after ?? '']),
    })),
    bind(routes.streamAccess, async (ctx, { body }: { body: { user_id: Id<'user'>; streams: string[] } }) => {
      const answers = await Promise.all(
        body.streams.map((stream) => mayFollow(definition, ctx, stream, body.user_id)),
      );
      const freshForMs = Math.min(FRESH_MS, ...answers.map((a) => a.freshForMs));
      return { allowed: answers.map((a) => a.allowed), fresh_for_ms: Math.max(0, Math.floor(freshForMs)) };
    }),
    bind(routes.streamHeads, async (ctx, { body }: { body: { streams: string[] } }) => {
      const heads = new Map(
        (await ctx.query(headsStatement, [body.streams])).map((row) => [row.stream, row.seq]),
      );
      return { heads: body.streams.map((stream) => heads.get(stream) ?? 0) };
    }),
    bind(
      routes.followers,
      async (ctx, { body }: { body: { pairs: { user_id: Id<'user'>; stream: string }[] } }) => ({
        answers: await Promise.all(
          body.pairs.map(async ({ user_id, stream }) => {
            try {
              const { allowed, freshForMs } = await mayFollow(definition, ctx, stream, user_id);
              return { allowed, fresh_for_ms: Math.max(0, Math.min(FRESH_MS, Math.floor(freshForMs))) };
            } catch (error) {
              // One pair that cannot be judged now leaves the others their answers.
              if (asAppError(error)?.code !== 'unavailable') throw error;
              return { allowed: null, fresh_for_ms: 0 };
            }
          }),
        ),
      }),
    ),
  ];
}

async function mayFollow(
  definition: ServiceDefinition,
  ctx: AnyContext,
  name: string,
  userId: string,
): Promise<{ allowed: boolean; freshForMs: number }> {
  const stream = parseStream(name);
  const judge = stream?.service === definition.name ? definition.streams?.[stream.noun] : undefined;
  if (!stream || !judge) return { allowed: false, freshForMs: FRESH_MS };
  try {
    return await judge(ctx, stream.uuid, userId);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'not_found' || code === 'forbidden') return { allowed: false, freshForMs: FRESH_MS };
    throw error;
  }
}

type LogRoutes = ReturnType<typeof logContract>['routes'];
/** The typed client of a log, made friendlier. */
export function logClient(call: Client<LogRoutes>): LogClient {
  return {
    read: (stream, after, limit = 500) => call.readLog({ query: { stream, after, limit } }),
    streams: async (after) => (await call.listStreams({ query: after === null ? {} : { after } })).data,
    access: async (userId, streams) => {
      if (streams.length > 500) throw fail('invalid_request', { detail: 'Ask for 500 streams at most.' });
      const answer = await call.streamAccess({ body: { user_id: userId, streams } });
      return { allowed: answer.allowed, freshForMs: answer.fresh_for_ms };
    },
    heads: async (streams) => (await call.streamHeads({ body: { streams } })).heads,
    followers: async (pairs) => {
      const { answers } = await call.followers({
        body: { pairs: pairs.map((pair) => ({ user_id: pair.userId, stream: pair.stream })) },
      });
      return answers.map((answer) => ({ allowed: answer.allowed, freshForMs: answer.fresh_for_ms }));
    },
  };
}
