import { encodeId } from '@gantry/contracts';
import { type InvitedProject, userInvitationAccepted } from '@gantry/contracts/users';
import { type Subscriber, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { insertMember } from '../members/members.store.ts';
import { announceList } from '../projects/project-stream.ts';
import { lockProject } from '../projects/projects.store.ts';

/** Who was invited straight into projects becomes a member there, with the role of the invitation. */
export const onInvitationAccepted: Subscriber = {
  consumer: 'on-invitation-accepted',
  on: [userInvitationAccepted],
  async handle(ctx, tx, change) {
    const {
      user_id: userId,
      workspace_id: workspaceId,
      projects,
    } = change.after as {
      user_id: string;
      workspace_id: string;
      projects: InvitedProject[];
    };
    if (projects.length === 0) return;
    // Somebody removed meanwhile must not find old doors open when they come back.
    const params = { workspace_id: workspaceId, user_id: userId };
    const { role } = await (ctx as unknown as Ctx).call.users.getMembership({ params });
    if (role === null) return;
    // In the order of ids, so that two of these never wait for each other in a circle.
    const wanted = new Map(projects.map((p) => [uuidIn('project', p.project_id), p.role]));
    let added = false;
    for (const [uuid, projectRole] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const project = await lockProject(tx, uuid);
      if (!project || encodeId('workspace', project.workspace_id) !== workspaceId) continue;
      if (await insertMember(tx, project, userId, projectRole)) added = true;
    }
    if (added) announceList(tx, uuidIn('workspace', workspaceId));
  },
};
