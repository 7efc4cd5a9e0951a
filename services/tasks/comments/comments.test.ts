import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../tests/setup/expect-problem.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';
import { aComment, aTask as makeTask } from '../testing/factories.ts';

let gantry: TestGantry;
let owner: TestPerson;
let member: TestPerson;
let viewer: TestPerson;
let commenter: TestPerson;
let stranger: TestPerson;
let projectId: string;
let taskId: string;

beforeAll(async () => {
  gantry = await startTestGantry();
  [owner, member, viewer, commenter, stranger] = (await Promise.all(
    Array.from({ length: 5 }, () => gantry.signUp()),
  )) as [TestPerson, TestPerson, TestPerson, TestPerson, TestPerson];
  for (const person of [member, viewer, commenter]) await gantry.addToWorkspace(owner, person, 'member');
  projectId = (
    await owner.api.createProject({ body: { name: 'Comments', workspace_id: owner.workspace.id } })
  ).id;
  for (const [person, role] of [
    [viewer, 'viewer'],
    [commenter, 'commenter'],
  ] as const) {
    await owner.api.addProjectMember({
      params: { project_id: projectId },
      body: { user_id: person.user.id, role },
    });
  }
  taskId = (await aTask()).id;
});
afterAll(() => gantry?.stop());

const aTask = () => makeTask(owner, { project_id: projectId });
const add = (person: TestPerson, content = 'Hello') =>
  person.api.addComment({ params: { task_id: taskId }, body: { content } });

describe('comments', () => {
  it('are added, listed oldest first, edited by their author and deleted; the task counts them', async () => {
    const { id } = await aTask();
    const params = { task_id: id };
    const first = await commenter.api.addComment({ params, body: { content: 'One' } });
    await owner.api.addComment({ params, body: { content: 'Two' } });
    expect((await owner.api.listComments({ params, query: {} })).data.map((c) => c.content)).toEqual([
      'One',
      'Two',
    ]);
    expect(await owner.api.getTask({ params })).toMatchObject({ comment_count: 2 });
    const edited = await commenter.api.updateComment({
      params: { ...params, comment_id: first.id },
      body: { content: 'One!' },
    });
    expect(edited).toMatchObject({ content: 'One!', edited: true, version: 2, user_id: commenter.user.id });
    await commenter.api.deleteComment({ params: { ...params, comment_id: first.id } });
    expect((await owner.api.listComments({ params, query: {} })).meta.total).toBe(1);
    expect(await owner.api.getTask({ params })).toMatchObject({ comment_count: 1 });
  });

  it('a viewer may read but not comment', async () => {
    await expectProblem(add(viewer), 403, 'forbidden');
    expect((await viewer.api.listComments({ params: { task_id: taskId }, query: {} })).meta.total).toBe(0);
  });

  it('only the author edits; the author or an admin deletes', async () => {
    const comment = await add(commenter);
    const params = { task_id: taskId, comment_id: comment.id };
    await expectProblem(member.api.updateComment({ params, body: { content: 'x' } }), 403);
    await expectProblem(owner.api.updateComment({ params, body: { content: 'x' } }), 403);
    await expectProblem(member.api.deleteComment({ params }), 403);
    await owner.api.deleteComment({ params });
    await expectProblem(owner.api.deleteComment({ params }), 404);
  });

  it('are not found from another workspace or through another task', async () => {
    const comment = await aComment(owner, { task_id: taskId });
    const other = await aTask();
    await expectProblem(add(stranger), 404);
    await expectProblem(stranger.api.listComments({ params: { task_id: taskId }, query: {} }), 404);
    await expectProblem(
      stranger.api.deleteComment({ params: { task_id: taskId, comment_id: comment.id } }),
      404,
    );
    await expectProblem(
      owner.api.updateComment({
        params: { task_id: other.id, comment_id: comment.id },
        body: { content: 'x' },
      }),
      404,
    );
    await expectProblem(
      owner.api.deleteComment({ params: { task_id: other.id, comment_id: comment.id } }),
      404,
    );
  });

  it('a long comment is logged by hash and read back whole', async () => {
    const { id } = await aTask();
    const content = 'Lorem '.repeat(2_000);
    await owner.api.addComment({ params: { task_id: id }, body: { content } });
    const { data } = await owner.api.getTaskHistory({ params: { task_id: id }, query: {} });
    expect(data[0]?.after).toMatchObject({ content });
  });
});
