import { newId, rankBetween } from '@gantry/contracts';
import type { Status, Task } from '@gantry/contracts/tasks';
import clsx from 'clsx';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { nameOf, usePeople } from '../../entities/people.ts';
import { useMay } from '../../entities/project-context.tsx';
import { StatusIcon, startedProgress } from '../../entities/status-icon.tsx';
import { AvatarStack } from '../../entities/user-avatar.tsx';
import { useChildren, useProjectStore, useStatuses, useSubtaskProgress, useTask } from '../../sync/react.ts';

export function SubtaskList({ task, onOpen }: { task: Task; onOpen: (task: string) => void }) {
  const ids = useChildren(task.id);
  const progress = useSubtaskProgress(task.id);
  const mayCreate = useMay('task.create');
  if (ids.length === 0 && !mayCreate) return null;
  return (
    <section aria-label="Subtasks" className="mt-6">
      <h3 className="mb-1 flex items-baseline gap-2 font-medium text-ink text-sm">
        Subtasks
        {progress ? (
          <span className="tnum font-normal text-ink-3 text-xs">{progress.replace('/', ' of ')}</span>
        ) : null}
      </h3>
      <ul>
        {ids.map((id) => (
          <SubtaskRow key={id} id={id} onOpen={onOpen} />
        ))}
      </ul>
      {mayCreate ? <NewSubtask parent={task} siblings={ids} /> : null}
    </section>
  );
}

function SubtaskRow({ id, onOpen }: { id: string; onOpen: (task: string) => void }) {
  const task = useTask(id);
  const store = useProjectStore();
  const statuses = useStatuses();
  const people = usePeople(task?.project_id ?? '');
  const mayEdit = useMay('task.edit');
  if (!task) return null;
  const status = statuses.find((s) => s.id === task.status_id);
  const done = status?.category === 'done';
  const toggle = () => {
    const next = done ? firstOf(statuses, ['unstarted', 'backlog', 'started']) : firstOf(statuses, ['done']);
    if (next) store.write({ kind: 'task.update', taskId: task.id, patch: { status_id: next.id } });
  };
  return (
    <li className="-mx-2 flex min-h-8 items-center gap-2 rounded-md px-2 hover:bg-hover touch:min-h-11">
      {/* biome-ignore lint/a11y/useSemanticElements: shows the status itself, which a checkbox cannot */}
      <button
        type="button"
        role="checkbox"
        aria-checked={done}
        aria-label={`${task.title} done`}
        disabled={!mayEdit}
        onClick={toggle}
        className="-m-1 flex shrink-0 rounded-full p-1 touch:-m-3 touch:p-3"
      >
        {status ? (
          <StatusIcon
            category={status.category}
            color={status.color}
            progress={startedProgress(statuses, status)}
          />
        ) : null}
      </button>
      <button
        type="button"
        onClick={() => onOpen(task.key || task.id)}
        className={clsx(
          'min-w-0 flex-1 truncate py-1 text-left text-sm',
          done ? 'text-ink-3 line-through' : 'text-ink',
        )}
        dir="auto"
      >
        {task.title}
      </button>
      {task.assignee_ids.length > 0 ? (
        <AvatarStack
          people={task.assignee_ids.map((person) => ({ seed: person, name: nameOf(people, person) }))}
          size={18}
        />
      ) : null}
      <span className="tnum shrink-0 text-2xs text-ink-3">{task.key}</span>
    </li>
  );
}

function NewSubtask({ parent, siblings }: { parent: Task; siblings: readonly string[] }) {
  const store = useProjectStore();
  const [title, setTitle] = useState('');
  const add = (event: FormEvent) => {
    event.preventDefault();
    const text = title.trim();
    const status = firstOf(store.statuses, ['unstarted', 'backlog', 'started']) ?? store.statuses[0];
    if (!text || !status) return;
    const last = store.view.tasks.get(siblings.at(-1) ?? '')?.rank ?? null;
    store.write({
      kind: 'task.create',
      task: {
        id: newId('task'),
        title: text,
        status_id: status.id,
        rank: rankBetween(last, null),
        parent_id: parent.id,
      },
    });
    setTitle('');
  };
  return (
    <form
      onSubmit={add}
      className="-mx-2 flex h-8 items-center gap-2 rounded-md px-2 focus-within:bg-hover hover:bg-hover touch:h-11"
    >
      <Plus size={14} aria-hidden className="shrink-0 text-ink-3" />
      <input
        aria-label="Add a subtask"
        placeholder="Add a subtask"
        value={title}
        maxLength={500}
        dir="auto"
        onChange={(event) => setTitle(event.target.value)}
        className="h-full min-w-0 flex-1 bg-transparent text-sm outline-none!"
      />
    </form>
  );
}

function firstOf(statuses: readonly Status[], categories: readonly Status['category'][]): Status | undefined {
  for (const category of categories) {
    const found = statuses.find((status) => status.category === category && !status.archived);
    if (found) return found;
  }
  return undefined;
}
