import { type Static, Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Instant, Line, ListOf, Nullable, PageQuery, Strict } from '../kernel/schema.ts';
import { PLATFORM_ROLES } from './common.ts';

export const SIGN_UPS = ['open', 'invite_only', 'closed'] as const;

export const Platform = Type.Object({
  sign_ups: Enum(SIGN_UPS, { description: 'Who may make an account; the very first account always may.' }),
  version: Type.Integer(),
});
export type Platform = Static<typeof Platform>;

export const PlatformUser = Type.Object({
  id: IdOf('user'),
  username: Nullable(Type.String()),
  email: Type.String(),
  email_verified: Type.Boolean(),
  name: Type.String(),
  role: Enum(PLATFORM_ROLES),
  created_at: Instant,
});
export type PlatformUser = Static<typeof PlatformUser>;

const OutboxMail = Type.Object({
  id: IdOf('mail'),
  at: Instant,
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
});

export const platformRoutes = {
  getPlatform: defineRoute({
    id: 'getPlatform',
    method: 'GET',
    path: '/platform',
    auth: 'none',
    status: 200,
    summary: 'What a sign-up page has to know',
    response: Platform,
  }),
  updatePlatform: defineRoute({
    id: 'updatePlatform',
    method: 'PATCH',
    path: '/platform',
    status: 200,
    scope: 'session',
    summary: 'Change who may sign up (platform admins)',
    body: Strict({ sign_ups: Type.Optional(Enum(SIGN_UPS)) }),
    response: Platform,
  }),
  listUsers: defineRoute({
    id: 'listUsers',
    method: 'GET',
    path: '/platform/users',
    status: 200,
    scope: 'session',
    summary: 'Everybody with an account, oldest first (platform admins)',
    query: Strict({
      page: PageQuery.page,
      limit: PageQuery.limit,
      q: Type.Optional(Line(100, { description: 'Part of name, e-mail or username.' })),
    }),
    response: ListOf(PlatformUser),
  }),
  listMails: defineRoute({
    id: 'listMails',
    method: 'GET',
    path: '/platform/mails',
    status: 200,
    scope: 'session',
    summary: 'Mail kept here because no mail server is set up, newest first, 500 at most (platform admins)',
    query: Strict({ limit: PageQuery.limit }),
    response: Type.Object({ data: Type.Array(OutboxMail) }),
  }),
} as const;

/** On the stream of the admin who did it. */
export const platformUpdated = defineEvent({
  name: 'user.platform.updated',
  owner: 'users',
  entity: 'user',
  op: 'platform_updated',
  v: 1,
  after: Type.Object({ sign_ups: Enum(SIGN_UPS) }),
});
