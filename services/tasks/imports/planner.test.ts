import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTrelloBoard } from '../../../tests/fixtures/trello/make-board.ts';
import { openPlan } from './planner.ts';
import { readJson } from './read-json.ts';
import { fixtureBoard, planOf } from './testing/boards.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const refusal = (content: Uint8Array) => {
  try {
    readJson(content);
    return 'read';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the bytes of a file', () => {
  it.each([
    ['a BOM', bytes('\ufeff{"a":1}')],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, ...Buffer.from('{"a":1}', 'utf16le')])],
    ['nothing special', bytes(' {"a":1}\n')],
  ])('are read with %s', (_, content) => expect(readJson(content)).toEqual({ a: 1 }));

  it.each([
    ['cut in a text', bytes('{"a":"tex'), /ends in the middle, after 9 characters/],
    ['cut between values', bytes('{"a":[1,2,'), /ends in the middle/],
    ['of something else', bytes('<html>'), /not JSON at line 1, column 1/],
    ['with a fault inside', bytes('{"a":1,\n "b":nul, "c":2}'), /not JSON at line 2/],
    ['of nothing', bytes(' '), /empty/],
    ['of a ZIP', Uint8Array.from([0x50, 0x4b, 3, 4, 0xff, 0xff, 0xc0]), /not text in UTF-8/],
  ])('are refused when %s', (_, content, message) => expect(refusal(content)).toMatch(message));

  it('are refused wherever the file is cut', () => {
    const whole = JSON.stringify(makeTrelloBoard({ cards: 2 }));
    for (let at = 1; at < whole.length; at += 97)
      expect(refusal(bytes(whole.slice(0, at)))).toMatch(/ends in the middle/);
  });
});

describe('the planning thread', { timeout: 90_000 }, () => {
  it('gives the same plan as planning here, in chunks', async () => {
    const plan = await openPlan({ bytes: bytes(fixtureBoard()), plan: { matches: [], afterRank: null } });
    const here = planOf(JSON.parse(fixtureBoard()));
    expect(plan.summary.ledger).toEqual(here.ledger);
    const tasks = [];
    while (tasks.length < plan.summary.tasks) tasks.push(...(await plan.tasks(tasks.length, 100)));
    expect(tasks).toEqual(
      here.tasks.map((t) => ({ ...t, raw: t.raw === null ? null : JSON.stringify(t.raw) })),
    );
    expect(await plan.raw()).toHaveLength(here.raw.length);
    await plan.close();
  });

  it('refuses what is no board, and reads by path', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'gantry-plan-')), 'board.json');
    await writeFile(path, '{"hello":1}');
    await expect(
      openPlan({ path, people: [], plan: { matches: [], afterRank: null } }),
    ).rejects.toMatchObject({
      code: 'import_not_trello',
    });
  });

  it('leaves the event loop free while a large board is planned', async () => {
    const content = bytes(JSON.stringify(makeTrelloBoard({ cards: 1_500 })));
    // Processor time of this thread between two turns, so that a busy machine does not count.
    let worst = 0;
    let last = process.threadCpuUsage();
    const timer = setInterval(() => {
      const { user, system } = process.threadCpuUsage(last);
      worst = Math.max(worst, (user + system) / 1_000);
      last = process.threadCpuUsage();
    }, 5);
    const plan = await openPlan({ bytes: content, plan: { matches: [], afterRank: null } });
    for (let at = 0; at < plan.summary.tasks; ) at += (await plan.tasks(at, 500)).length;
    clearInterval(timer);
    await plan.close();
    expect(worst).toBeLessThan(50);
  });
});
