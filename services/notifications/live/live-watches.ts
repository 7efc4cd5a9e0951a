import { type Id, parseStream } from '@gantry/contracts';
import type { NotificationsService } from '../context.ts';
import { type FreshWatch, makeFreshWatch } from './fresh-watch.ts';

const MANY = 500;

export type AccessWatch = FreshWatch<{ userId: Id<'user'>; stream: string }>;
export type SessionWatch = FreshWatch<{ userId: Id<'user'>; sessionId: string; token: string }>;

/** Who may follow which stream, as its owner says: one question per owner for everybody who is due. */
export function watchAccess(service: NotificationsService): AccessWatch {
  return makeFreshWatch({
    name: 'access',
    log: service.log,
    keyOf: ({ userId, stream }) => `${userId} ${stream}`,
    groupOf: ({ stream }) => parseStream(stream)?.service ?? '',
    maxBatch: MANY,
    maxAsking: 32,
    async ask(owner, pairs) {
      const answers = await service.logOf(owner).followers(pairs);
      return answers.map(({ allowed, freshForMs }) => ({ holds: allowed, freshForMs }));
    },
  });
}

/** Whether a session still stands: its token is exchanged for a fresh one, which is shown the next time. */
export function watchSessions(service: NotificationsService): SessionWatch {
  return makeFreshWatch({
    name: 'sessions',
    log: service.log,
    keyOf: ({ userId, sessionId }) => `${userId} ${sessionId}`,
    groupOf: ({ userId, sessionId }) => `${userId} ${sessionId}`,
    maxBatch: 1,
    maxAsking: 64,
    ask: (_group, sessions) =>
      Promise.all(
        sessions.map(async (session) => {
          // After a long sleep of the machine an expired token says nothing about the session behind it.
          if (expiryOf(session.token) <= Date.now()) return { holds: 'lost', freshForMs: 0 };
          const { token, fresh_for_ms } = await service.call.users.exchangeCredential({
            body: { authorization: `Bearer ${session.token}` },
          });
          return {
            holds: token !== null,
            freshForMs: fresh_for_ms,
            next: { ...session, token: token ?? session.token },
          };
        }),
      ),
  });
}

/** When a token that was verified once expires, in milliseconds. */
function expiryOf(token: string): number {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { exp: number }).exp * 1000;
}
