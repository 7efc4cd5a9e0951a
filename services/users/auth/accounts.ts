import { decodeId, encodeId, type Id } from '@gantry/contracts';
import { type Session, userErrors } from '@gantry/contracts/users';
import { fail, failWith, field } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { countAttempt } from '../credentials/throttle.ts';
import { holdForSignUp } from '../invitations/accept.ts';
import { requireSignUps } from '../platform/platform.ts';
import { getMe } from '../profile/profile.ts';
import { noteSession, noteSignIn } from '../sessions/sessions.ts';
import { allWorkspaces, makeFirstWorkspace } from '../workspaces/workspaces.ts';
import { type Auth, authOf, SESSION_DAYS } from './better-auth.ts';
import { livingSession, newToken } from './exchange.ts';
import { TOKEN_S } from './jwt-keys.ts';
import { clearedCookie, sessionCookie } from './session-cookie.ts';
import {
  deleteSession,
  extendSession,
  type SessionRow,
  sessionByToken,
  takenLogins,
} from './sessions.store.ts';

const DAY_MS = 24 * 3_600_000;

export interface SignUpInput {
  email: string;
  password: string;
  first_name: string;
  last_name?: string | undefined;
  username?: string | undefined;
  workspace_name?: string | undefined;
  invitation_token?: string | undefined;
}

/**
 * Makes the account, signs it in and makes its first workspace, or joins the one it is invited to. The account
 * stands first; if the workspace could not be made, the next sign-in makes it.
 */
export async function signUp(ctx: Ctx, input: SignUpInput): Promise<Session> {
  const { invitation_token: token } = input;
  await requireSignUps(ctx, token !== undefined);
  const invitation = token === undefined ? null : await holdForSignUp(ctx, token, input.email);
  const auth = authOf(ctx.service);
  const made = await makeAccount(ctx, auth, input).catch(async (error) => {
    await invitation?.release();
    throw error;
  });
  if (invitation) await invitation.accept(encodeId('user', made.user.id));
  return signedIn(ctx, auth, made.token);
}

function makeAccount(ctx: Ctx, auth: Auth, input: SignUpInput) {
  const lastName = input.last_name ?? '';
  const ownWorkspace =
    input.workspace_name ??
    (input.invitation_token === undefined ? `${input.first_name}'s workspace` : undefined);
  return auth.engine.api
    .signUpEmail({
      body: {
        email: input.email,
        password: input.password,
        name: `${input.first_name} ${lastName}`.trim(),
        firstName: input.first_name,
        lastName,
        ...(ownWorkspace === undefined ? {} : { firstWorkspace: ownWorkspace }),
        ...(input.username === undefined ? {} : { username: input.username }),
      },
      headers: headersFor(ctx),
    })
    .catch((error) => explainSignUp(ctx, input, error));
}

/** Signs in by e-mail or username. One answer for every kind of wrong, after the same work. */
export async function signIn(ctx: Ctx, input: { login: string; password: string }): Promise<Session> {
  const auth = authOf(ctx.service);
  const login = input.login.trim();
  const { password } = input;
  const right = await countAttempt(ctx, login);
  const headers = headersFor(ctx);
  const work = login.includes('@')
    ? auth.engine.api.signInEmail({ body: { email: login, password }, headers })
    : auth.engine.api.signInUsername({ body: { username: login, password }, headers });
  const made = await work.catch((error) => {
    const answer = libraryAnswer(error);
    if (!answer) throw error;
    if (answer.status >= 500) throw fail('unavailable');
    noteSignIn(ctx, login, 'wrong_password');
    throw failWith(userErrors, 'wrong_credentials');
  });
  await right();
  noteSignIn(ctx, login, 'succeeded');
  return signedIn(ctx, auth, made?.token ?? null);
}

async function signedIn(ctx: Ctx, auth: Auth, token: string | null): Promise<Session> {
  const [session] = token === null ? [] : await ctx.query(sessionByToken, [token]);
  if (!session) throw fail('unavailable');
  const userId = encodeId('user', session.user_id);
  await makeFirstWorkspace(ctx, userId);
  await ctx.write((tx) => noteSession(ctx, tx, userId, session.id));
  setCookie(ctx, sessionCookie(auth.secret, session.token, SESSION_DAYS * 24 * 3600, auth.secure));
  return describe(ctx, session, session.expires_at);
}

/** Ends the session that asks; without one there is nothing to end. The cookie goes in any case. */
export async function signOut(ctx: Ctx): Promise<void> {
  const id = ctx.principal ? decodeId('session', ctx.principal.sessionId) : null;
  if (id !== null) await ctx.query(deleteSession, [id]);
  setCookie(ctx, clearedCookie(authOf(ctx.service).secure));
}

/** Who is signed in. A browser that comes back once a day keeps its session. */
export async function getSession(ctx: Ctx): Promise<Session> {
  const session = await ownSession(ctx);
  let expiresAt = session.expires_at;
  if (Date.parse(expiresAt) < Date.now() + (SESSION_DAYS - 1) * DAY_MS) {
    const [extended] = await ctx.query(extendSession, [session.id, SESSION_DAYS]);
    expiresAt = extended?.expires_at ?? expiresAt;
    const auth = authOf(ctx.service);
    if (extended && ctx.origin === 'web')
      setCookie(ctx, sessionCookie(auth.secret, session.token, SESSION_DAYS * 24 * 3600, auth.secure));
  }
  return describe(ctx, session, expiresAt);
}

export async function createToken(ctx: Ctx): Promise<{ token: string; expires_in: number }> {
  return { token: await newToken(ctx, await ownSession(ctx)), expires_in: TOKEN_S };
}

async function ownSession(ctx: Ctx): Promise<SessionRow> {
  const session = ctx.principal ? await livingSession(ctx, ctx.principal.sessionId) : undefined;
  if (!session) throw fail('unauthenticated');
  return session;
}

async function describe(ctx: Ctx, session: SessionRow, expiresAt: string): Promise<Session> {
  const userId: Id<'user'> = encodeId('user', session.user_id);
  const [user, workspaces] = await Promise.all([getMe(ctx, userId), allWorkspaces(ctx, userId)]);
  return { user, workspaces, expires_at: expiresAt };
}

function headersFor(ctx: Ctx): Headers {
  const agent = ctx.facts.request?.headers['user-agent'];
  return new Headers(agent ? { 'user-agent': agent.slice(0, 500) } : {});
}

function setCookie(ctx: Ctx, cookie: string): void {
  ctx.facts.reply?.header('set-cookie', cookie);
}

/** Status and code of an answer of better-auth, or null for a fault. It has several classes of them. */
function libraryAnswer(error: unknown): { status: number; code: string } | null {
  const { name, statusCode, body } = error as {
    name?: string;
    statusCode?: unknown;
    body?: { code?: string };
  };
  if (name !== 'APIError' || typeof statusCode !== 'number') return null;
  return { status: statusCode, code: body?.code ?? '' };
}

async function explainSignUp(ctx: Ctx, input: SignUpInput, error: unknown): Promise<never> {
  const answer = libraryAnswer(error);
  if (!answer) throw error;
  const { code } = answer;
  // What the contract let through and the library does not can only be the e-mail.
  if (code === 'INVALID_EMAIL' || code === 'VALIDATION_ERROR') {
    const wrong = field('body/email', 'format', 'Give an e-mail address.');
    throw fail('invalid_request', { fields: [wrong] });
  }
  if (code.startsWith('PASSWORD_TOO')) throw failWith(userErrors, 'weak_password');
  if (code.startsWith('USERNAME_TOO') || code === 'INVALID_USERNAME') {
    const wrong = field(
      'body/username',
      'pattern',
      'Use 3 to 30 letters, digits, dots, dashes or underscores.',
    );
    throw fail('invalid_request', { fields: [wrong] });
  }
  // Taken, found out beforehand or by losing a race.
  const [taken] = await ctx.query(takenLogins, [
    input.email.toLowerCase(),
    input.username?.toLowerCase() ?? null,
  ]);
  if (taken?.email) throw failWith(userErrors, 'email_taken');
  if (taken?.username) throw failWith(userErrors, 'username_taken');
  throw fail('unavailable');
}
