import { decodeId, streamName } from '@gantry/contracts';
import { LIVE_CLOSE } from '@gantry/contracts/notifications';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../../../tests/setup/gantry.ts';
import { lateness } from '../testing/lateness.ts';
import { type LiveClient, liveClient } from '../testing/live-client.ts';
import { soon } from '../testing/soon.ts';

describe.each(['together', 'apart'] as const)('the live socket of the whole platform, %s', (shape) => {
  let gantry: TestGantry;
  let owner: TestPerson;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape, logLevel: 'error' });
    owner = await gantry.signUp();
  });
  afterAll(() => gantry?.stop());

  const connect = (person: TestPerson): Promise<LiveClient> =>
    liveClient(gantry.url, null, { cookie: person.cookie, origin: gantry.url });

  async function aMember(): Promise<TestPerson> {
    const person = await gantry.signUp();
    await gantry.addToWorkspace(owner, person, 'member');
    return person;
  }

  async function aProject(visibility: 'workspace' | 'private' = 'workspace') {
    const project = await owner.api.createProject({
      body: { name: 'Live', workspace_id: owner.workspace.id, visibility },
    });
    const uuid = decodeId('project', project.id) as string;
    return { ...project, stream: streamName('tasks', 'project', uuid) };
  }

  const aTask = (projectId: string, title = 'A task') =>
    owner.api.createTask({ params: { project_id: projectId }, body: { title } });

  it('shows a change to somebody else at once, with what they may read', async () => {
    const project = await aProject();
    const client = await connect(await aMember());
    client.send({ type: 'subscribe', stream: project.stream });
    const { seq } = await client.next('subscribed', project.stream);
    const task = await aTask(project.id);
    await soon(() => client.changes(project.stream).find((c) => c.entity_id === task.id)).toMatchObject({
      event: 'task.created',
      actor: owner.user.id,
      after: { title: 'A task' },
    });
    // The project's default statuses may still be on their way when we subscribe.
    const seqs = client.changes(project.stream).map((c) => c.seq);
    expect(seqs).toEqual(seqs.map((_, i) => seq + 1 + i));
    await client.close();
  });

  it('refuses streams of a private project and of other workspaces', async () => {
    const project = await aProject('private');
    const [member, stranger] = [await aMember(), await gantry.signUp()];
    for (const person of [member, stranger]) {
      const client = await connect(person);
      client.send({ type: 'subscribe', stream: project.stream });
      expect(await client.next('ended', project.stream)).toMatchObject({ reason: 'no_access' });
      await client.close();
    }
    const client = await connect(stranger);
    for (const owned of ['projects', 'users']) {
      const stream = streamName(owned, 'workspace', decodeId('workspace', owner.workspace.id) as string);
      client.send({ type: 'subscribe', stream });
      expect(await client.next('ended', stream)).toMatchObject({ reason: 'no_access' });
    }
    await client.close();
  });

  it('ends within a second for who is removed from the workspace', async () => {
    const project = await aProject();
    const person = await aMember();
    const client = await connect(person);
    client.send({ type: 'subscribe', stream: project.stream });
    await client.next('subscribed', project.stream);
    const late = lateness();
    await owner.api.removeWorkspaceMember({
      params: { workspace_id: owner.workspace.id, user_id: person.user.id },
    });
    const removed = performance.now();
    expect(await client.next('ended', project.stream)).toMatchObject({ reason: 'no_access' });
    expect(performance.now() - removed).toBeLessThan(1_000 + late());
    await aTask(project.id, 'Secret');
    await client.close();
    expect(JSON.stringify(client.frames)).not.toContain('Secret');
  });

  it('closes within a second for who signs out, and only there', async () => {
    const project = await aProject();
    const person = await aMember();
    const bearer = await liveClient(gantry.url, await person.token());
    const client = await connect(person);
    for (const each of [client, bearer]) {
      each.send({ type: 'subscribe', stream: project.stream });
      await each.next('subscribed', project.stream);
    }
    const other = await connect(owner);
    const late = lateness();
    await person.api.signOut({});
    const ended = performance.now();
    for (const each of [client, bearer]) expect(await each.closed).toBe(LIVE_CLOSE.unauthenticated);
    expect(performance.now() - ended).toBeLessThan(1_000 + late());
    expect(await client.next('ended', project.stream)).toMatchObject({ reason: 'signed_out' });
    other.send({ type: 'ping' });
    await other.next('pong');
    await other.close();
  });

  it('closes with 4401 for nobody', async () => {
    const client = await liveClient(gantry.url, null, { origin: gantry.url });
    expect(await client.closed).toBe(LIVE_CLOSE.unauthenticated);
  });
});
