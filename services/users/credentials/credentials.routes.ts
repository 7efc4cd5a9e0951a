import { usersRoutes as r } from '@gantry/contracts/users';
import { handlerFor } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { changeEmail, confirmEmail, requestEmailVerification } from './emails.ts';
import { changePassword, requestPasswordReset, resetPassword } from './passwords.ts';

const handle = handlerFor<Ctx>();
const nothing = (done: Promise<void>) => done as Promise<undefined>;

export const credentialRoutes = [
  handle(r.changePassword, (ctx, { body }) => nothing(changePassword(ctx, body))),
  handle(r.requestPasswordReset, (ctx, { body }) => nothing(requestPasswordReset(ctx, body))),
  handle(r.resetPassword, (ctx, { body }) => nothing(resetPassword(ctx, body))),
  handle(r.requestEmailVerification, (ctx) => nothing(requestEmailVerification(ctx))),
  handle(r.changeEmail, (ctx, { body }) => nothing(changeEmail(ctx, body))),
  handle(r.confirmEmail, (ctx, { body }) => nothing(confirmEmail(ctx, body))),
];
