import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, personOf, startTestGantry, type TestGantry } from '../../tests/setup/gantry.ts';
import { DEMO_PROJECTS } from './content.ts';
import { addDemo } from './demo.ts';
import { parseTasks } from './parse.ts';
import { DEMO_PEOPLE } from './people.ts';

describe('the demo', () => {
  let gantry: TestGantry;
  let dataDir: string;
  beforeAll(async () => {
    gantry = await startTestGantry();
    dataDir = await mkdtemp(join(tmpdir(), 'gantry-demo-'));
  });
  afterAll(async () => {
    await gantry?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('names only statuses, labels and people there are', () => {
    for (const project of DEMO_PROJECTS) {
      for (const task of parseTasks(project.tasks)) {
        expect(['backlog', 'todo', 'in_progress', 'in_review', 'done', 'canceled']).toContain(task.status);
        expect(['none', 'low', 'medium', 'high', 'urgent']).toContain(task.priority);
        for (const label of task.labels) expect(Object.keys(project.labels)).toContain(label);
        for (const name of [...task.people, ...task.comments.map((c) => c.person)])
          expect(['dana', ...Object.keys(DEMO_PEOPLE)]).toContain(name);
        expect(task.title.length).toBeGreaterThan(5);
      }
    }
  });

  it('is added once, also when it is started twice', async () => {
    const account = await addDemo(gantry.url, dataDir);
    expect(await addDemo(gantry.url, dataDir)).toEqual(account);
    const answer = await fetch(`${gantry.url}/api/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: gantry.url },
      body: JSON.stringify({ login: account.email, password: account.password }),
    });
    const { api } = personOf(gantry.url, cookieOf(answer));
    const projects = await api.listProjects({ query: {} });
    expect(projects.data.map((p) => p.key).toSorted()).toEqual(['GRAZ', 'SHOP', 'WORK']);
    const totals = await Promise.all(
      projects.data.map(
        async (p) => (await api.listTasks({ params: { project_id: p.id }, query: {} })).meta.total,
      ),
    );
    const wanted = DEMO_PROJECTS.flatMap((p) => parseTasks(p.tasks)).length;
    expect(totals.reduce((a, b) => a + b, 0)).toBe(wanted);
    expect(wanted).toBeGreaterThanOrEqual(110);
  });
});
