import type { Job } from '@gantry/kit';
import { composeInvitation } from '../invitations/invitation-mail.ts';
import { type ComposeMail, sendQueuedMail } from './mail-queue.ts';

/** Every kind of mail this service sends. */
const composers: Record<string, ComposeMail> = {
  invitation: composeInvitation,
};

export const mailJob: Job = { name: 'mail', everyMs: 1000, run: (ctx) => sendQueuedMail(ctx, composers) };
