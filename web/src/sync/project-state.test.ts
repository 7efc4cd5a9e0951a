import type { Change } from '@gantry/contracts';
import { newId } from '@gantry/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyChange,
  applyChanges,
  Draft,
  EMPTY_PROJECT,
  mergeCommentList,
  mergeTask,
  type ProjectState,
} from './project-state.ts';
import { aChange, aTask } from './testing/fakes.ts';

const IDS = Array.from({ length: 4 }, () => newId('task'));
const LABELS = Array.from({ length: 2 }, () => newId('label'));

/** Logs as a server would write them: gap-free, versions rising by entity, only what exists is changed. */
const logs = fc
  .array(fc.record({ who: fc.nat(3), what: fc.nat(6), text: fc.string({ maxLength: 8 }) }), { maxLength: 40 })
  .map((steps) => {
    const versions = new Map<string, number>();
    const alive = new Map<string, 'here' | 'gone'>();
    const log: Change[] = [];
    for (const { who, what, text } of steps) {
      const id = IDS[who] ?? '';
      const version = (versions.get(id) ?? 0) + 1;
      const state = alive.get(id);
      const push = (change: Partial<Change>) => log.push(aChange(log.length + 1, change));
      const bump = (op: string, after: Record<string, unknown>) => {
        versions.set(id, version);
        push({ entity: 'task', entity_id: id, root: id, version, op, after });
      };
      if (what === 5) {
        const label = LABELS[who % 2] ?? '';
        const labelVersion = (versions.get(label) ?? 0) + 1;
        versions.set(label, labelVersion);
        push({
          entity: 'label',
          entity_id: label,
          version: labelVersion,
          op: 'updated',
          after: { name: text },
        });
      } else if (!state) {
        alive.set(id, 'here');
        bump('created', { ...aTask({ id, title: text, version }) });
      } else if (state === 'gone') {
        alive.set(id, 'here');
        bump('restored', { ...aTask({ id, title: text, version }) });
      } else if (what === 0) {
        alive.set(id, 'gone');
        bump('deleted', { deleted_at: '2026-11-22T12:00:00.000Z' });
      } else if (what === 1) {
        push({
          entity: 'comment',
          entity_id: newId('comment'),
          root: id,
          version: 1,
          op: 'created',
          after: { task_id: id, content: text },
        });
      } else bump('updated', what === 2 ? { rank: 'Vz' } : { title: text });
    }
    return log;
  });

/** The state without what only helps: same content, whatever way it came. */
function content(state: ProjectState) {
  return {
    seq: state.seq,
    tasks: [...state.tasks].sort(),
    trash: [...state.trash].sort(),
    labels: [...state.labels].sort(),
  };
}

describe('applyChanges', () => {
  test('one by one and all at once end in the same state', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const once = applyChanges(EMPTY_PROJECT, log).state;
        expect(content(log.reduce(applyChange, EMPTY_PROJECT))).toEqual(content(once));
      }),
    );
  });

  test('changes that come late or twice leave the same state', () => {
    fc.assert(
      fc.property(logs, fc.array(fc.nat(39), { maxLength: 20 }), (log, repeats) => {
        const once = applyChanges(EMPTY_PROJECT, log).state;
        const noisy = log.flatMap((change, i) => [
          change,
          ...repeats.flatMap((back) => (log[i - back] ? [log[i - back] as Change] : [])),
        ]);
        expect(content(applyChanges(EMPTY_PROJECT, noisy).state)).toEqual(content(once));
        expect(content(applyChanges(once, log).state)).toEqual(content(once));
      }),
    );
  });

  test('an answer that overtakes the log changes nothing in the end', () => {
    fc.assert(
      fc.property(logs, fc.nat(39), (log, at) => {
        const whole = applyChanges(EMPTY_PROJECT, log).state;
        const part = applyChanges(EMPTY_PROJECT, log.slice(0, at)).state;
        const draft = new Draft(part);
        for (const task of whole.tasks.values()) if (part.tasks.has(task.id)) mergeTask(draft, task);
        const end = applyChanges(draft.state, log.slice(at)).state;
        const titles = (state: ProjectState) =>
          [...state.tasks.values()].map((t) => `${t.id} ${t.title} ${t.version}`).sort();
        expect(titles(end)).toEqual(titles(whole));
      }),
    );
  });

  test('the state before is not changed', () => {
    const task = aTask();
    const before = applyChange(
      EMPTY_PROJECT,
      aChange(1, { entity_id: task.id, op: 'created', after: { ...task } }),
    );
    const after = applyChange(
      before,
      aChange(2, { entity_id: task.id, version: 2, after: { title: 'Other' } }),
    );
    expect(before.tasks.get(task.id)?.title).toBe('A task');
    expect(after.tasks.get(task.id)?.title).toBe('Other');
  });

  test('says what was touched, and nothing else', () => {
    const [a, b] = [aTask(), aTask()];
    const state = applyChanges(EMPTY_PROJECT, [
      aChange(1, { entity_id: a.id, op: 'created', after: { ...a } }),
      aChange(2, { entity_id: b.id, op: 'created', after: { ...b } }),
    ]).state;
    const { touched } = applyChanges(state, [
      aChange(3, { entity_id: b.id, version: 2, after: { title: 'x' } }),
    ]);
    expect([...touched]).toEqual([b.id]);
  });

  test('a task heard of only in part is asked for, not shown half', () => {
    const id = newId('task');
    const state = applyChange(
      EMPTY_PROJECT,
      aChange(1, { entity_id: id, version: 7, after: { title: 'Half' } }),
    );
    expect(state.tasks.size).toBe(0);
    expect([...state.partial]).toEqual([id]);
  });

  test('comments count on their task, also while nobody reads them', () => {
    const task = aTask({ comment_count: 2 });
    const comment = { entity: 'comment', root: task.id, version: 1 };
    const state = applyChanges({ ...EMPTY_PROJECT, tasks: new Map([[task.id, task]]) }, [
      aChange(1, { ...comment, entity_id: 'c1', op: 'created', after: { task_id: task.id, content: 'x' } }),
      aChange(2, { ...comment, entity_id: 'c2', op: 'created', after: { task_id: task.id, content: 'y' } }),
      aChange(3, { ...comment, entity_id: 'c1', op: 'deleted', version: 2, after: { task_id: task.id } }),
    ]).state;
    expect(state.tasks.get(task.id)?.comment_count).toBe(3);
  });

  test('the number of comments held corrects a count that was off', () => {
    const task = aTask({ comment_count: 5 });
    const draft = new Draft({ ...EMPTY_PROJECT, tasks: new Map([[task.id, task]]) });
    mergeCommentList(draft, task.id, [{ id: 'c1', task_id: task.id, version: 1 } as never]);
    expect(draft.state.tasks.get(task.id)?.comment_count).toBe(1);
    const change = { entity: 'comment', entity_id: 'c1', root: task.id, version: 1, op: 'created' };
    const late = applyChange(draft.state, aChange(1, { ...change, after: { task_id: task.id } }));
    expect(late.tasks.get(task.id)?.comment_count).toBe(1);
  });

  test('a slow list of comments does not bring a deleted one back', () => {
    const task = aTask();
    const old = { id: 'c1', task_id: task.id, version: 1 };
    const gone = applyChange(
      EMPTY_PROJECT,
      aChange(1, { entity: 'comment', entity_id: 'c1', root: task.id, op: 'deleted', version: 2 }),
    );
    const draft = new Draft(gone);
    mergeCommentList(draft, task.id, [old as never]);
    expect(draft.state.comments.get(task.id)?.size).toBe(0);
  });
});
