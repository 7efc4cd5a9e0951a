import { canSee, type ProjectFacts } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import type { Candidate } from './trello-people.ts';

/** People an import may assign: members of the workspace who can see the project. */
export async function assignablePeople(ctx: Ctx, facts: ProjectFacts): Promise<Candidate[]> {
  const { people } = await ctx.call.users.findPeople({
    body: { workspace_id: facts.workspaceId, all: true },
  });
  const seen: Candidate[] = [];
  for (const { id, username, email, name, role } of people) {
    const seesAll = role === 'owner' || role === 'admin' || id === ctx.userId;
    if (seesAll || (await canSee(ctx, facts.projectId, id)))
      seen.push({ id, username: username ?? '', email, name });
  }
  return seen;
}
