import { type Static, Type } from 'typebox';
import { WORKSPACE_ROLES } from '../access.ts';
import { defineErrors } from '../kernel/errors.ts';
import { Enum, IdOf, Instant, Nullable, Strict } from '../kernel/schema.ts';

export const userErrors = defineErrors({
  wrong_credentials: {
    status: 401,
    title: 'E-mail or password is wrong',
    detail: 'Check both and try again, or reset the password.',
  },
  weak_password: {
    status: 422,
    title: 'The password is too short',
    detail: 'Use at least 10 characters, 128 at most.',
  },
  email_taken: {
    status: 409,
    title: 'This e-mail has an account already',
    detail: 'Sign in instead, or use another e-mail.',
  },
  username_taken: { status: 409, title: 'This username is taken', detail: 'Choose another one.' },
  person_not_found: {
    status: 422,
    title: 'Nobody here has this e-mail',
    detail: 'Ask them to sign up first, then add them.',
  },
  last_owner: {
    status: 409,
    title: 'A workspace needs an owner',
    detail: 'Make somebody else an owner first.',
  },
  invitation_invalid: {
    status: 410,
    title: 'This invitation does not work',
    detail: 'It was used, withdrawn or is older than 7 days. Ask for a new one.',
  },
  invitation_for_other: {
    status: 409,
    title: 'This invitation is for another e-mail',
    detail: 'Sign in, or sign up, with the address it was sent to.',
  },
  invited_already: {
    status: 409,
    title: 'This e-mail has an invitation already',
    detail: 'Revoke it first to send another one.',
  },
  sign_ups_closed: {
    status: 403,
    title: 'No accounts can be made here',
    detail: 'Ask an administrator of this installation.',
  },
  invitation_needed: {
    status: 403,
    title: 'An account needs an invitation here',
    detail: 'Ask somebody who works here to invite you.',
  },
  wrong_password: {
    status: 422,
    title: 'The password is wrong',
    detail: 'Give the password you sign in with.',
  },
  token_invalid: {
    status: 410,
    title: 'This link does not work any more',
    detail: 'It was used, replaced or is too old. Ask for a new one.',
  },
  unknown_project: {
    status: 422,
    title: 'There is no such project in this workspace',
    detail: 'Choose projects of the workspace that you may manage.',
  },
  limit_reached: {
    status: 409,
    title: 'There are too many of these',
    detail: 'Remove some that are not needed any more.',
  },
});

export const roleSchema = Enum(WORKSPACE_ROLES);
export const PLATFORM_ROLES = ['admin', 'user'] as const;

/** A person as they see themselves. */
export const Me = Type.Object({
  id: IdOf('user'),
  username: Nullable(Type.String()),
  email: Type.String(),
  email_verified: Type.Boolean(),
  first_name: Type.String(),
  last_name: Type.String(),
  name: Type.String({ description: 'First and last name as shown.' }),
  role: Enum(PLATFORM_ROLES),
  version: Type.Integer(),
  created_at: Instant,
  updated_at: Instant,
});
export type Me = Static<typeof Me>;

/** A person as others in the workspace see them. */
export const Person = Type.Object({
  id: IdOf('user'),
  username: Nullable(Type.String()),
  first_name: Type.String(),
  last_name: Type.String(),
  name: Type.String(),
});
export type Person = Static<typeof Person>;

export const Workspace = Type.Object({
  id: IdOf('workspace'),
  name: Type.String(),
  slug: Type.String(),
  role: roleSchema,
  version: Type.Integer(),
  created_at: Instant,
  updated_at: Instant,
});
export type Workspace = Static<typeof Workspace>;

export const WorkspaceMember = Type.Object({
  workspace_id: IdOf('workspace'),
  user_id: IdOf('user'),
  role: roleSchema,
  email: Type.String(),
  person: Person,
  joined_at: Instant,
});
export type WorkspaceMember = Static<typeof WorkspaceMember>;

export const Session = Type.Object({ user: Me, workspaces: Type.Array(Workspace), expires_at: Instant });
export type Session = Static<typeof Session>;

export const passwordSchema = Type.String({
  minLength: 10,
  maxLength: 128,
  description: '10 to 128 characters.',
});
export const emailSchema = Type.String({ format: 'email', maxLength: 254 });
export const usernameSchema = Type.String({ pattern: '^[A-Za-z0-9_.-]{3,30}$', maxLength: 30 });
export const workspaceParams = Strict({ workspace_id: IdOf('workspace') });

/** A secret of ours as it travels: 256 random bits in base64url. */
export const tokenSchema = (description: string) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$', maxLength: 100, description });
