import { encodeId, streamName } from '@gantry/contracts';
import { projectsListed } from '@gantry/contracts/projects';
import type { Transaction } from '@gantry/kit';

/** The stream of a project and its members: whoever may see the project may follow it. */
export const projectStream = (uuid: string) => streamName('projects', 'project', uuid);

/** Tells everybody in the workspace that the list of projects has changed, without saying which. */
export function announceList(tx: Transaction, workspaceUuid: string): void {
  const workspaceId = encodeId('workspace', workspaceUuid);
  tx.record(projectsListed, {
    stream: streamName('projects', 'workspace', workspaceUuid),
    workspaceId,
    entityId: workspaceId,
    version: 0,
    after: {},
  });
}
