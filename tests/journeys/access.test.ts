import type { Change } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem } from '../setup/expect-problem.ts';
import { cookieOf, type Shape, startTestGantry, type TestGantry, type TestPerson } from '../setup/gantry.ts';
import { say } from '../setup/say.ts';
import { liveCopy, SIGNED_OUT } from './live-copy.ts';

/** What the architecture promises: whoever has lost access is out within this time. */
const OUT_WITHIN_MS = 1_000;

describe.each<Shape>(['together', 'apart'])('access, services %s', (shape) => {
  let gantry: TestGantry;
  let ada: TestPerson;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape });
    ada = await gantry.signUp({ first_name: 'Ada' });
  });
  afterAll(() => gantry?.stop());

  /** A new person with this role in Ada's workspace. */
  async function colleague(role: 'admin' | 'member' | 'guest'): Promise<TestPerson> {
    const person = await gantry.signUp();
    await gantry.addToWorkspace(ada, person, role);
    return person;
  }

  async function aProject(visibility: 'workspace' | 'private' = 'workspace') {
    const project = await ada.api.createProject({
      body: { workspace_id: ada.workspace.id, name: 'Quay', visibility },
    });
    const params = { project_id: project.id };
    const task = await ada.api.createTask({ params, body: { title: 'Moor the ship' } });
    return { params, task, id: project.id };
  }

  test('a guest sees only the projects they were added to', async () => {
    const [open, shared] = [await aProject(), await aProject('private')];
    const guest = await colleague('guest');
    await expectProblem(guest.api.getProject({ params: open.params }), 404, 'not_found');
    await expectProblem(guest.api.getTask({ params: { task_id: shared.task.id } }), 404, 'not_found');
    await ada.api.addProjectMember({
      params: shared.params,
      body: { user_id: guest.user.id, role: 'commenter' },
    });
    expect((await guest.api.listProjects({ query: {} })).data.map((p) => p.id)).toEqual([shared.id]);
    await guest.api.addComment({ params: { task_id: shared.task.id }, body: { content: 'Ahoy' } });
    await expectProblem(
      guest.api.createTask({ params: shared.params, body: { title: 'Mine' } }),
      403,
      'forbidden',
    );
    await expectProblem(
      guest.api.createProject({ body: { workspace_id: ada.workspace.id, name: 'Mine' } }),
      403,
      'forbidden',
    );
  });

  test('a viewer reads everything and changes nothing', async () => {
    const { params, task } = await aProject('private');
    const viewer = await colleague('member');
    await ada.api.addProjectMember({ params, body: { user_id: viewer.user.id, role: 'viewer' } });
    expect(await viewer.api.getTask({ params: { task_id: task.id } })).toMatchObject({ title: task.title });
    const taskParams = { task_id: task.id };
    for (const attempt of [
      () => viewer.api.createTask({ params, body: { title: 'x' } }),
      () => viewer.api.updateTask({ params: taskParams, body: { title: 'x' } }),
      () => viewer.api.deleteTask({ params: taskParams }),
      () => viewer.api.addComment({ params: taskParams, body: { content: 'x' } }),
      () => viewer.api.createLabel({ params, body: { name: 'x' } }),
      () => viewer.api.updateProject({ params, body: { name: 'x' } }),
    ])
      await expectProblem(attempt(), 403, 'forbidden');
  });

  test('an outsider finds nothing, by HTTP or by socket', async () => {
    const { params, task, id } = await aProject();
    const eve = await gantry.signUp();
    await expectProblem(eve.api.getProject({ params }), 404, 'not_found');
    await expectProblem(eve.api.getTask({ params: { task_id: task.id } }), 404, 'not_found');
    await expectProblem(eve.api.getSnapshot({ params }), 404, 'not_found');
    await expectProblem(
      eve.api.getWorkspace({ params: { workspace_id: ada.workspace.id } }),
      404,
      'not_found',
    );
    const own = await liveCopy(gantry, eve, (await eve.api.createProject({ body: { name: 'Own' } })).id);
    await own.connect();
    const foreign = await liveCopy(gantry, ada, id);
    own.send({ type: 'subscribe', stream: foreign.stream, after: 0 });
    const answer = await own.frame((frame) => 'stream' in frame && frame.stream === foreign.stream);
    expect(answer).toMatchObject({ type: 'ended', reason: 'no_access' });
    await ada.api.createTask({ params, body: { title: 'Not for Eve' } });
    await pause(300);
    expect(JSON.stringify(own.frames)).not.toContain('Not for Eve');
    await own.cut();
  });

  test('a member who is removed is out on HTTP and on the socket within a second', async () => {
    const { params, task, id } = await aProject();
    const mia = await colleague('member');
    const copy = await liveCopy(gantry, mia, id);
    await copy.connect();
    await ada.api.createTask({ params, body: { title: 'Seen by Mia' } });
    await copy.reach(copy.seq() + 1);

    const writing = keepWriting(ada, params);
    const looking = untilRefused(mia, `/api/v1/tasks/${task.id}`);
    await pause(200);
    await ada.api.removeWorkspaceMember({
      params: { workspace_id: ada.workspace.id, user_id: mia.user.id },
    });
    const removedAt = Date.now();
    const http = await looking;
    await copy.frame((frame) => frame.type === 'ended');
    const socketMs = Date.now() - removedAt;
    await pause(Math.max(0, OUT_WITHIN_MS - (Date.now() - removedAt)) + 300);
    const last = await writing.stop();
    const known = copy.changes().map((change: Change) => Date.parse(change.at));
    const leakedMs = Math.max(0, ...known.map((at) => at - removedAt));
    say(
      `${shape}: removed member out on HTTP after ${http.at - removedAt} ms, on the socket after ${socketMs} ms, ` +
        `youngest change seen ${leakedMs} ms after removal`,
    );
    expect(http.status).toBe(404);
    expect(http.at - removedAt).toBeLessThan(OUT_WITHIN_MS);
    expect(socketMs).toBeLessThan(OUT_WITHIN_MS);
    expect(leakedMs).toBeLessThan(OUT_WITHIN_MS);
    expect(copy.seq()).toBeLessThan(last);
    await copy.cut();
  });

  test('a session that is signed out is out everywhere within a second, its tokens too', async () => {
    const { task, id } = await aProject();
    const mia = await colleague('member');
    const second = await signInAgain(mia);
    const token = await mia.token();
    const copy = await liveCopy(gantry, mia, id);
    await copy.connect();
    const path = `/api/v1/tasks/${task.id}`;
    const byCookie = untilRefused(mia, path);
    const byToken = untilRefused(mia, path, { authorization: `Bearer ${token}`, cookie: '' });
    await pause(200);
    await mia.api.signOut({});
    const outAt = Date.now();
    const [cookie, bearer] = await Promise.all([byCookie, byToken]);
    const code = await copy.closed();
    const socketMs = Date.now() - outAt;
    say(
      `${shape}: signed-out session out by cookie after ${cookie.at - outAt} ms, by token after ` +
        `${bearer.at - outAt} ms, on the socket after ${socketMs} ms`,
    );
    expect([cookie.status, bearer.status]).toEqual([401, 401]);
    for (const ms of [cookie.at - outAt, bearer.at - outAt, socketMs]) expect(ms).toBeLessThan(OUT_WITHIN_MS);
    expect(code).toBe(SIGNED_OUT);
    expect(copy.frames.at(-1)).toMatchObject({ type: 'ended', reason: 'signed_out' });
    expect((await second.fetch(path)).status).toBe(200);
  });

  async function signInAgain(person: TestPerson): Promise<TestPerson> {
    const answer = await fetch(`${gantry.url}/api/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: gantry.url },
      body: JSON.stringify({ login: person.user.email, password: person.password }),
    });
    expect(answer.status).toBe(200);
    return gantry.personFrom({ ...person, cookie: cookieOf(answer) });
  }
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again and again until the answer is not 200; when it was asked, and what came. */
async function untilRefused(
  person: TestPerson,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ at: number; status: number }> {
  for (const end = Date.now() + 5_000; Date.now() < end; ) {
    const { status } = await person.fetch(path, { headers });
    if (status !== 200) return { at: Date.now(), status };
    await pause(10);
  }
  throw new Error('still let in after 5 s');
}

/** Writes a task every 25 ms; `stop` gives the head of the project's stream. */
function keepWriting(person: TestPerson, params: { project_id: string }) {
  let going = true;
  const done = (async () => {
    while (going) {
      await person.api.createTask({ params, body: { title: 'Tick' } });
      await pause(25);
    }
    return (await person.api.getChanges({ params, query: { after: 0, limit: 1 } })).meta.head;
  })();
  return {
    stop: () => {
      going = false;
      return done;
    },
  };
}
