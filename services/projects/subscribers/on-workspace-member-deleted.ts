import type { Id } from '@gantry/contracts';
import { membershipDeleted } from '@gantry/contracts/users';
import { type Subscriber, uuidIn } from '@gantry/kit';
import { lockMembershipsOf } from '../members/members.store.ts';
import { dropMember } from '../members/members.ts';

/** Who leaves a workspace leaves its projects; access itself ended at once, by the missing workspace role. */
export const onWorkspaceMemberDeleted: Subscriber = {
  consumer: 'on-workspace-member-deleted',
  on: [membershipDeleted],
  async handle(_ctx, tx, change) {
    if (change.workspace_id === null) return;
    const userId = (change.after as { user_id: Id<'user'> }).user_id;
    for (const row of await lockMembershipsOf(
      tx,
      uuidIn('workspace', change.workspace_id),
      uuidIn('user', userId),
    ))
      await dropMember(tx, row);
  },
};
