import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGantry, type TestGantry, type TestPerson } from '../setup/gantry.ts';
import { say } from '../setup/say.ts';
import { liveCopy, readSnapshot } from './live-copy.ts';

interface Tally {
  answers: Record<string, number>;
  /** Answers and errors no client should see. */
  faults: string[];
  slowestMs: number;
  /** Ids the server said it has. */
  acknowledged: string[];
}

/** Services apart: what clients see while one of them is away. */
describe('a service that goes away', () => {
  let gantry: TestGantry;
  let ada: TestPerson;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape: 'apart', logLevel: 'error' });
    ada = await gantry.signUp();
  });
  afterAll(() => gantry?.stop());

  async function aProject() {
    const project = await ada.api.createProject({ body: { name: 'Storm' } });
    return { id: project.id, params: { project_id: project.id } };
  }

  test.each(['tasks', 'projects', 'users'])(
    '%s: 503 that says so while it is gone, and all is well when it is back, nothing else restarted',
    async (name) => {
      const { id, params } = await aProject();
      const task = await ada.api.createTask({ params, body: { title: 'Before' } });
      const copy = await liveCopy(gantry, ada, id);
      await copy.connect();
      await gantry.runtimeOf(name).stop();
      // Whatever was known about access is out of date after 750 ms.
      await pause(800);
      const away = await ada.fetch(`/api/v1/tasks/${task.id}`);
      expect(away.status).toBe(503);
      expect(away.headers.get('content-type')).toContain('application/problem+json');
      expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await away.json()).toMatchObject({ status: 503, code: 'unavailable' });
      if (name === 'tasks') expect((await ada.fetch('/api/v1/projects')).status).toBe(200);

      await gantry.startAgain(name);
      const began = performance.now();
      let back = 0;
      while (back !== 200 && performance.now() - began < 5_000) {
        back = (await ada.fetch(`/api/v1/tasks/${task.id}`)).status;
        if (back !== 200) await pause(20);
      }
      say(`${name} back: answered again ${Math.round(performance.now() - began)} ms after its start`);
      expect(back).toBe(200);
      await ada.api.createTask({ params, body: { title: 'After' } });
      const fresh = await readSnapshot(ada, id);
      await copy.reach(fresh.seq, 10_000);
      expect(copy.rows()).toEqual(fresh.rows);
      await copy.cut();
    },
  );

  test('a drained service shows clients at work nothing but answers and clean refusals, and loses no write', async () => {
    const { id, params } = await aProject();
    const tally: Tally = { answers: {}, faults: [], slowestMs: 0, acknowledged: [] };
    let going = true;
    const clients = Array.from({ length: 8 }, async (_, n) => {
      while (going) await (n % 2 === 0 ? writeOnce(ada, params, tally) : readOnce(ada, id, tally));
    });
    await enough(tally, 20);
    const drained = performance.now();
    await gantry.runtimeOf('tasks').stop();
    const drainMs = Math.round(performance.now() - drained);
    await pause(300);
    await gantry.startAgain('tasks');
    await enough(tally, tally.acknowledged.length + 20);
    going = false;
    await Promise.all(clients);

    const { rows } = await readSnapshot(ada, id);
    const there = rows.tasks.map((task) => task.id).sort();
    say(
      `drain took ${drainMs} ms; answers ${JSON.stringify(tally.answers)}, slowest ${tally.slowestMs} ms, ` +
        `${tally.acknowledged.length} writes acknowledged, ${there.length} there`,
    );
    expect(tally.faults).toEqual([]);
    expect(there).toEqual(tally.acknowledged.sort());
    expect(tally.answers['503']).toBeGreaterThan(0);
  });
});

/** Until this many writes have been acknowledged. */
async function enough(tally: Tally, count: number): Promise<void> {
  for (const end = Date.now() + 20_000; tally.acknowledged.length < count; await pause(10))
    if (Date.now() > end) throw new Error(`only ${JSON.stringify(tally)}`);
}

/** Writes one task, sending it again until it is answered, as every client of ours does. */
async function writeOnce(person: TestPerson, params: { project_id: string }, tally: Tally): Promise<void> {
  const id = newId('task');
  for (;;) {
    const status = await counted(tally, () =>
      person.fetch(`/api/v1/projects/${params.project_id}/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
        body: JSON.stringify({ id, title: 'Through the storm' }),
      }),
    );
    if (status === 201) return void tally.acknowledged.push(id);
    if (status !== 503) return;
    await pause(30);
  }
}

async function readOnce(person: TestPerson, projectId: string, tally: Tally): Promise<void> {
  const status = await counted(tally, () => person.fetch(`/api/v1/projects/${projectId}/tasks?limit=5`));
  await pause(status === 200 ? 5 : 30);
}

async function counted(tally: Tally, ask: () => Promise<Response>): Promise<number> {
  const began = performance.now();
  try {
    const answer = await ask();
    const text = await answer.text();
    const { status } = answer;
    tally.answers[status] = (tally.answers[status] ?? 0) + 1;
    const isClean =
      status === 200 ||
      status === 201 ||
      (status === 503 &&
        answer.headers.has('retry-after') &&
        (JSON.parse(text) as { code: string }).code === 'unavailable');
    if (!isClean) tally.faults.push(`${status} ${text.slice(0, 200)}`);
    return status;
  } catch (error) {
    tally.faults.push(`no answer: ${(error as Error).message} ${String((error as Error).cause)}`);
    return 0;
  } finally {
    tally.slowestMs = Math.max(tally.slowestMs, Math.round(performance.now() - began));
  }
}
