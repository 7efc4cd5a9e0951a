import type { Change } from '@gantry/contracts';
import type { Comment, Task } from '@gantry/contracts/tasks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { nameOf, usePeople } from '../../entities/people.ts';
import { useMay } from '../../entities/project-context.tsx';
import { api } from '../../lib/client.ts';
import { ago, fullTime } from '../../lib/dates.ts';
import { sentence } from '../../lib/problems.ts';
import { useComments, useLabels, useProjectStore, useStatuses } from '../../sync/react.ts';
import { Button } from '../../ui/button.tsx';
import { CommentForm } from './comment-form.tsx';
import { CommentItem } from './comment-item.tsx';
import { sourceName } from './external-notes.tsx';
import { type HistoryNames, historyText, labelNamer, statusNamer } from './history-text.ts';

type Entry = { at: string; id: string } & (
  | { kind: 'comment'; comment: Comment }
  | { kind: 'change'; change: Change; text: string }
);

/** Comments and history in one stream, oldest first. */
export function ActivityStream({ task }: { task: Task }) {
  const store = useProjectStore();
  const comments = useComments(task.id);
  const mayComment = useMay('comment.create');
  const [problem, setProblem] = useState<unknown>(null);
  const history = useHistory(task);
  const isNew = task.version === 0;
  useEffect(() => {
    if (isNew) return;
    let live = true;
    store.loadComments(task.id).then(
      () => live && setProblem(null),
      (error: unknown) => live && setProblem(error),
    );
    return () => {
      live = false;
    };
  }, [store, task.id, isNew]);

  const entries = useMemo(() => {
    const all: Entry[] = [
      ...[...(comments?.values() ?? [])].map((comment) => ({
        kind: 'comment' as const,
        id: comment.id,
        at: comment.created_at,
        comment,
      })),
      ...history,
    ];
    return all.sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
  }, [comments, history]);

  return (
    <section aria-label="Activity" className="mt-8 border-line border-t pt-5">
      <h3 className="mb-3 font-medium text-ink text-sm">Activity</h3>
      {problem ? (
        <p className="mb-3 flex items-center gap-3 text-danger text-sm">
          {sentence(problem)}
          <Button
            size="sm"
            onClick={() => void store.loadComments(task.id).then(() => setProblem(null), setProblem)}
          >
            Try again
          </Button>
        </p>
      ) : null}
      {comments || problem || isNew ? null : <StreamSkeleton />}
      <ol className="flex flex-col gap-2.5">
        {entries.map((entry) => (
          <li key={entry.id}>
            {entry.kind === 'comment' ? (
              <CommentItem comment={entry.comment} task={task} />
            ) : (
              <HistoryLine change={entry.change} text={entry.text} task={task} />
            )}
          </li>
        ))}
      </ol>
      {mayComment ? <CommentForm taskId={task.id} /> : null}
    </section>
  );
}

const LIMIT = 200;

function useHistory(task: Task): Entry[] {
  const store = useProjectStore();
  const people = usePeople(task.project_id);
  const statuses = useStatuses();
  const labels = useLabels();
  const { data } = useQuery({
    queryKey: ['history', task.id, task.version],
    queryFn: () => api.getTaskHistory({ params: { task_id: task.id }, query: { limit: LIMIT } }),
    enabled: task.version > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  return useMemo(() => {
    const names: HistoryNames = {
      person: (id) => nameOf(people, id),
      status: statusNamer(new Map(statuses.map((status) => [status.id, status]))),
      label: labelNamer(labels),
      task: (id) => store.view.tasks.get(id)?.key || 'another task',
    };
    return (data?.data ?? []).flatMap((change): Entry[] => {
      const text = historyText(change, names);
      return text
        ? [{ kind: 'change', id: change.id, at: change.effective_at ?? change.at, change, text }]
        : [];
    });
  }, [data, people, statuses, labels, store]);
}

function HistoryLine({ change, text, task }: { change: Change; text: string; task: Task }) {
  const people = usePeople(task.project_id);
  const at = change.effective_at ?? change.at;
  const name = change.external_actor?.name ?? (change.actor ? nameOf(people, change.actor) : 'Gantry');
  return (
    <p className="flex gap-2.5 pl-0.5 text-ink-3 text-xs leading-[18px]">
      <span aria-hidden className="mt-[7px] ml-[7px] size-1.5 shrink-0 rounded-full bg-line-strong" />
      <span className="min-w-0 break-words pl-1.5">
        <span className="font-medium text-ink-2" dir="auto">
          {name}
        </span>{' '}
        {text}
        {change.external_actor ? <span> in {sourceName(change.external_actor.source)}</span> : null}{' '}
        <time dateTime={at} title={fullTime(at)} className="tnum whitespace-nowrap">
          · {ago(at)}
        </time>
      </span>
    </p>
  );
}

function StreamSkeleton() {
  return (
    <div role="status" aria-label="Loading activity" className="flex flex-col gap-3">
      {[70, 45].map((width) => (
        <div key={width} className="flex items-center gap-3">
          <div className="skeleton size-6 rounded-full" />
          <div className="skeleton h-3" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
