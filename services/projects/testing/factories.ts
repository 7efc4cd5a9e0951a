import type { InputOf } from '@gantry/contracts';
import type { Project, projectsRoutes } from '@gantry/contracts/projects';
import type { TestPerson } from '../../../tests/setup/gantry.ts';

export type ProjectOverrides = Partial<InputOf<typeof projectsRoutes.createProject>['body']>;

/** A project made by this person, in their own workspace unless said otherwise. */
export function aProject(by: TestPerson, overrides: ProjectOverrides = {}): Promise<Project> {
  return by.api.createProject({ body: { name: 'Website', workspace_id: by.workspace.id, ...overrides } });
}
