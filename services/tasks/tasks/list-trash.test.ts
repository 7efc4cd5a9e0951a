import { newId } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';

let gantry: TestGantry;
let owner: TestPerson;
let member: TestPerson;
let stranger: TestPerson;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, member, stranger] = (await Promise.all(Array.from({ length: 3 }, () => gantry.signUp()))) as [
    TestPerson,
    TestPerson,
    TestPerson,
  ];
  await gantry.addToWorkspace(owner, member, 'member');
});
afterAll(() => gantry?.stop());

const aProject = async () =>
  (await owner.api.createProject({ body: { name: 'Trash', workspace_id: owner.workspace.id } })).id;
const list = (person: TestPerson, project_id: string, query: { page?: number; limit?: number } = {}) =>
  person.api.listTrash({ params: { project_id }, query });

describe('the trash of a project', () => {
  it('lists what was deleted, latest first, with who did it and how many come back with it', async () => {
    const project = await aProject();
    const params = { project_id: project };
    const first = await owner.api.createTask({ params, body: { title: 'First' } });
    const parent = await owner.api.createTask({ params, body: { title: 'Parent' } });
    await owner.api.createTask({ params, body: { title: 'Child', parent_id: parent.id } });
    expect(await list(owner, project)).toMatchObject({ data: [], meta: { total: 0 } });
    await owner.api.deleteTask({ params: { task_id: first.id } });
    await member.api.deleteTask({ params: { task_id: parent.id } });
    const trash = await list(member, project);
    expect(trash.meta.total).toBe(2);
    expect(trash.data).toMatchObject([
      { id: parent.id, title: 'Parent', deleted_by_id: member.user.id, deleted_with_it: 1 },
      { id: first.id, title: 'First', deleted_by_id: owner.user.id, deleted_with_it: 0 },
    ]);
    expect((await list(member, project, { page: 2, limit: 1 })).data).toMatchObject([{ id: first.id }]);
    await owner.api.restoreTask({ params: { task_id: parent.id } });
    expect((await list(owner, project)).data).toMatchObject([{ id: first.id }]);
  });

  it('is not found by strangers, nor in a project that is not there; of another project it shows nothing', async () => {
    const [project, other] = [await aProject(), await aProject()];
    const task = await owner.api.createTask({ params: { project_id: project }, body: { title: 'Gone' } });
    await owner.api.deleteTask({ params: { task_id: task.id } });
    await expectProblem(list(stranger, project), 404);
    await expectProblem(list(owner, newId('project')), 404);
    expect((await list(owner, other)).data).toEqual([]);
    const anybody = await fetch(`${gantry.url}/api/v1/projects/${project}/trash`);
    expect(anybody.status).toBe(401);
  });
});
