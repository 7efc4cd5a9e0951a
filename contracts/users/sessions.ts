import { type Static, Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Instant, ListOf, Nullable, PageQuery, Strict } from '../kernel/schema.ts';

export const OpenSession = Type.Object({
  id: IdOf('session'),
  device: Type.String({ description: 'Browser and system in words, as far as they say.' }),
  address: Nullable(Type.String()),
  current: Type.Boolean(),
  created_at: Instant,
  last_seen_at: Instant,
  expires_at: Instant,
});
export type OpenSession = Static<typeof OpenSession>;

export const SIGN_IN_OUTCOMES = ['succeeded', 'wrong_password', 'wrong_code'] as const;
/** How long sign-ins are kept. */
export const SIGN_IN_DAYS = 90;
export const SignIn = Type.Object({
  id: IdOf('sign_in'),
  at: Instant,
  outcome: Enum(SIGN_IN_OUTCOMES),
  device: Type.String(),
  address: Nullable(Type.String()),
});
export type SignIn = Static<typeof SignIn>;

export const sessionRoutes = {
  listSessions: defineRoute({
    id: 'listSessions',
    method: 'GET',
    path: '/me/sessions',
    status: 200,
    scope: 'session',
    summary: 'Where I am signed in, last seen first; last seen is exact to a minute',
    query: Strict({ page: PageQuery.page, limit: PageQuery.limit }),
    response: ListOf(OpenSession),
  }),
  revokeSession: defineRoute({
    id: 'revokeSession',
    method: 'DELETE',
    path: '/me/sessions/{session_id}',
    status: 204,
    scope: 'session',
    summary: 'End one of my sessions; it is out within a second',
    params: Strict({ session_id: IdOf('session') }),
  }),
  revokeOtherSessions: defineRoute({
    id: 'revokeOtherSessions',
    method: 'DELETE',
    path: '/me/sessions',
    status: 204,
    scope: 'session',
    summary: 'End all my sessions but this one',
  }),
  listSignIns: defineRoute({
    id: 'listSignIns',
    method: 'GET',
    path: '/me/sign-ins',
    status: 200,
    scope: 'session',
    summary: 'Attempts to sign in as me in the last 90 days, newest first',
    query: Strict({ page: PageQuery.page, limit: PageQuery.limit }),
    response: ListOf(SignIn),
  }),
} as const;

/** On the person's own stream. */
export const sessionStarted = defineEvent({
  name: 'user.session.created',
  owner: 'users',
  entity: 'session',
  op: 'created',
  v: 1,
  after: Type.Object({ device: Type.String() }),
});
export const sessionEnded = defineEvent({
  name: 'user.session.deleted',
  owner: 'users',
  entity: 'session',
  op: 'deleted',
  v: 1,
  after: Type.Object({}),
});
