import { ApiProblem } from '@gantry/contracts';
import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';
import { FakeTimers, settle } from './testing/fakes.ts';
import type { Write } from './writes.ts';

interface Sent {
  id: string;
  answer: (value: string) => void;
  fail: (error: unknown) => void;
}

function problem(status: number, code: string, retryAfter: number | null = null): ApiProblem {
  return new ApiProblem({ type: 'about:blank', title: 't', status, code, detail: 'd' }, retryAfter);
}

function setUp() {
  const timers = new FakeTimers();
  const sent: Sent[] = [];
  const done: string[] = [];
  const refused: string[] = [];
  const outbox = new Outbox<string>({
    send: (write) => new Promise((answer, fail) => sent.push({ id: write.id, answer, fail })),
    onDone: (write) => done.push(write.id),
    onRefused: (write, why) => refused.push(`${write.id} ${why.code}`),
    onChange: () => undefined,
    timers,
    random: () => 1,
  });
  const add = (id: string, taskId: string) =>
    outbox.add({ id, at: '', intent: { kind: 'task.delete', taskId } } as Write);
  return { timers, sent, done, refused, outbox, add, ids: () => sent.map((s) => s.id) };
}

test('writes about one task keep their order; others travel beside them', async () => {
  const { add, ids, sent, done } = setUp();
  add('a1', 'A');
  add('a2', 'A');
  add('b1', 'B');
  expect(ids()).toEqual(['a1', 'b1']);
  sent[0]?.answer('ok');
  await settle();
  expect(ids()).toEqual(['a1', 'b1', 'a2']);
  expect(done).toEqual(['a1']);
});

test('a subtask waits for its parent to be made', async () => {
  const { outbox, ids, sent } = setUp();
  const task = { title: 't', status_id: 's', rank: 'U' };
  outbox.add({ id: 'p', at: '', intent: { kind: 'task.create', task: { ...task, id: 'P' } } });
  outbox.add({
    id: 'c',
    at: '',
    intent: { kind: 'task.create', task: { ...task, id: 'C', parent_id: 'P' } },
  });
  expect(ids()).toEqual(['p']);
  sent[0]?.answer('ok');
  await settle();
  expect(ids()).toEqual(['p', 'c']);
});

test('without a network it tries again with growing pauses and loses nothing', async () => {
  const { add, ids, sent, timers, outbox, done } = setUp();
  add('a1', 'A');
  for (const pause of [500, 1000, 2000]) {
    sent.at(-1)?.fail(problem(0, 'network'));
    await settle();
    const before = ids().length;
    await timers.pass(pause - 1);
    expect(ids().length).toBe(before);
    await timers.pass(1);
    expect(ids().length).toBe(before + 1);
  }
  expect(outbox.problem?.code).toBe('network');
  sent.at(-1)?.answer('ok');
  await settle();
  expect(done).toEqual(['a1']);
  expect(outbox.problem).toBeNull();
  expect(new Set(ids())).toEqual(new Set(['a1']));
});

test('waits as long as Retry-After says', async () => {
  const { add, ids, sent, timers } = setUp();
  add('a1', 'A');
  sent[0]?.fail(problem(429, 'rate_limited', 20));
  await settle();
  await timers.pass(19_999);
  expect(ids()).toHaveLength(1);
  await timers.pass(1);
  expect(ids()).toHaveLength(2);
});

test('a refused write is given back once, and the next one goes on', async () => {
  const { add, sent, refused, ids, outbox } = setUp();
  add('a1', 'A');
  add('a2', 'A');
  sent[0]?.fail(problem(403, 'forbidden'));
  await settle();
  expect(refused).toEqual(['a1 forbidden']);
  expect(ids()).toEqual(['a1', 'a2']);
  expect(outbox.size).toBe(1);
});

test('the log may confirm before the answer, and an answer that never comes is not missed', async () => {
  const { add, sent, outbox, refused, timers } = setUp();
  add('a1', 'A');
  expect(outbox.confirm('a1')?.id).toBe('a1');
  expect(outbox.size).toBe(0);
  sent[0]?.fail(problem(0, 'network'));
  await settle();
  expect(refused).toEqual([]);
  expect(timers.size).toBe(0);
  expect(outbox.confirm('a1')).toBeNull();
});

test('being signed out keeps the writes', async () => {
  const { add, sent, outbox, refused } = setUp();
  add('a1', 'A');
  sent[0]?.fail(problem(401, 'unauthenticated'));
  await settle();
  expect(refused).toEqual([]);
  expect(outbox.size).toBe(1);
});
