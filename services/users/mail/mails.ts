import type { Job } from '@gantry/kit';
import {
  composeConfirmEmail,
  composeEmailChanged,
  composePasswordChanged,
  composePasswordReset,
} from '../credentials/credential-mails.ts';
import { composeInvitation } from '../invitations/invitation-mail.ts';
import { type ComposeMail, sendQueuedMail } from './mail-queue.ts';

/** Every kind of mail this service sends. */
const composers: Record<string, ComposeMail> = {
  invitation: composeInvitation,
  password_reset: composePasswordReset,
  password_changed: composePasswordChanged,
  confirm_email: composeConfirmEmail,
  email_changed: composeEmailChanged,
};

export const mailJob: Job = { name: 'mail', everyMs: 1000, run: (ctx) => sendQueuedMail(ctx, composers) };
