import {
  ChangePage,
  type Client,
  defineContract,
  defineRoute,
  type Id,
  IdOf,
  parseStream,
  Strict,
} from '@gantry/contracts';
import { Type } from 'typebox';
import { statement } from '../db/database.ts';
import { fail } from '../errors.ts';
import type { AnyContext, LogClient, RouteHandler, ServiceDefinition } from '../service.ts';
import { headOf, readLog } from './read.ts';

const StreamName = Type.String({ maxLength: 100 });
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const STREAMS_PAGE = 500;

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
    },
  });
}

const streamsStatement = statement<{ stream: string; seq: number }>(
  'log.streams',
  `select stream, seq from log_stream where stream > $1 order by stream limit ${STREAMS_PAGE}`,
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
      let freshForMs = 750;
      const allowed = await Promise.all(
        body.streams.map(async (name) => {
          const stream = parseStream(name);
          const judge = stream?.service === definition.name ? definition.streams?.[stream.noun] : undefined;
          if (!stream || !judge) return false;
          try {
            const answer = await judge(ctx, stream.uuid, body.user_id);
            freshForMs = Math.min(freshForMs, answer.freshForMs);
            return answer.allowed;
          } catch (error) {
            if (
              (error as { code?: string }).code === 'not_found' ||
              (error as { code?: string }).code === 'forbidden'
            )
              return false;
            throw error;
          }
        }),
      );
      return { allowed, fresh_for_ms: Math.max(0, Math.floor(freshForMs)) };
    }),
  ];
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
  };
}
