import type { InputOf } from '@gantry/contracts';
import type { Comment, Task, tasksRoutes } from '@gantry/contracts/tasks';
import type { TestPerson } from '../../../tests/setup/gantry.ts';

export type TaskOverrides = Partial<InputOf<typeof tasksRoutes.createTask>['body']> & { project_id?: string };

/** A task made by this person; in a new project of theirs unless `project_id` is given. */
export async function aTask(by: TestPerson, { project_id, ...body }: TaskOverrides = {}): Promise<Task> {
  const project =
    project_id ?? (await by.api.createProject({ body: { name: 'Work', workspace_id: by.workspace.id } })).id;
  return by.api.createTask({ params: { project_id: project }, body: { title: 'Write it down', ...body } });
}

/** A comment by this person; on a new task of theirs unless `task_id` is given. */
export async function aComment(
  by: TestPerson,
  overrides: { task_id?: string; content?: string } = {},
): Promise<Comment> {
  const task = overrides.task_id ?? (await aTask(by)).id;
  return by.api.addComment({
    params: { task_id: task },
    body: { content: overrides.content ?? 'Looks good' },
  });
}
