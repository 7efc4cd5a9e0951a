import { Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { Strict } from '../kernel/schema.ts';
import { emailSchema, passwordSchema, tokenSchema, userErrors } from './common.ts';

const givenPassword = Type.String({ minLength: 1, maxLength: 128, description: 'The password of now.' });

export const credentialRoutes = {
  changePassword: defineRoute({
    id: 'changePassword',
    method: 'POST',
    path: '/me/password',
    status: 204,
    scope: 'session',
    secret: true,
    summary: 'Change my password; ends my other sessions',
    body: Strict({ old_password: givenPassword, new_password: passwordSchema }),
    errors: userErrors,
  }),
  requestPasswordReset: defineRoute({
    id: 'requestPasswordReset',
    method: 'POST',
    path: '/auth/password-reset',
    auth: 'none',
    status: 204,
    summary: 'Ask for a mail to set a new password; the answer is the same for every address',
    body: Strict({ email: emailSchema }),
  }),
  resetPassword: defineRoute({
    id: 'resetPassword',
    method: 'POST',
    path: '/auth/password-reset/confirm',
    auth: 'none',
    status: 204,
    summary: 'Set a new password by the token of the mail (1 hour, once); ends all sessions',
    body: Strict({ token: tokenSchema('From the mail.'), new_password: passwordSchema }),
    errors: userErrors,
  }),
  requestEmailVerification: defineRoute({
    id: 'requestEmailVerification',
    method: 'POST',
    path: '/me/email/verification',
    status: 204,
    scope: 'session',
    summary: 'Ask for a mail that proves my address',
  }),
  changeEmail: defineRoute({
    id: 'changeEmail',
    method: 'POST',
    path: '/me/email',
    status: 204,
    scope: 'session',
    secret: true,
    summary: 'Ask for another e-mail; it changes when the mail sent there is confirmed',
    body: Strict({ email: emailSchema, password: givenPassword }),
    errors: userErrors,
  }),
  confirmEmail: defineRoute({
    id: 'confirmEmail',
    method: 'POST',
    path: '/auth/email/confirm',
    auth: 'none',
    status: 204,
    summary: 'Prove an address by the token of the mail (24 hours, once)',
    body: Strict({ token: tokenSchema('From the mail.') }),
    errors: userErrors,
  }),
} as const;

/** On the person's own stream; says that it happened and nothing else. */
export const passwordChanged = defineEvent({
  name: 'user.password.changed',
  owner: 'users',
  entity: 'user',
  op: 'password_changed',
  v: 1,
  after: Type.Object({ by_mail: Type.Boolean() }),
});
