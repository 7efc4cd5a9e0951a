import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import {
  attachClosestEdge,
  type Edge,
  extractClosestEdge,
} from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';
import type { Task } from '@gantry/contracts/tasks';
import clsx from 'clsx';
import { CircleCheckBig, MessageSquare } from 'lucide-react';
import { type MouseEvent, memo, useEffect, useRef, useState } from 'react';
import { DueDate } from '../../entities/due-date.tsx';
import { LabelChip } from '../../entities/label-chip.tsx';
import { nameOf } from '../../entities/people.ts';
import { PriorityIcon } from '../../entities/priority-icon.tsx';
import { AvatarStack } from '../../entities/user-avatar.tsx';
import {
  useIsOpen,
  useLabels,
  usePresence,
  useStatus,
  useSubtaskProgress,
  useTask,
} from '../../sync/react.ts';
import { useBoard } from './board-context.ts';
import { isCardData } from './drag-data.ts';

interface CardProps {
  id: string;
  tabbable: boolean;
  onFocus: (id: string) => void;
}

/** One task on the board. Renders anew only when this task changes. */
export const Card = memo(function Card({ id, tabbable, onFocus }: CardProps) {
  const task = useTask(id);
  return task ? <TaskCard task={task} tabbable={tabbable} onFocus={onFocus} /> : null;
});

const MOST_LABELS = 4;

function TaskCard({
  task,
  tabbable,
  onFocus,
}: {
  task: Task;
  tabbable: boolean;
  onFocus: (id: string) => void;
}) {
  const board = useBoard();
  const box = useRef<HTMLDivElement>(null);
  const isOpen = useIsOpen(task.id);
  const { edge, dragging } = useCardDrag(box, task, board.mayEdit);
  const address = task.key || task.id;
  const metaId = `meta-${task.id}`;
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    board.open(address);
  };
  return (
    <div className="relative">
      {edge === 'top' ? <DropLine className="-top-[5px]" /> : null}
      <div
        ref={box}
        className={clsx(
          'relative cursor-default select-none rounded-lg border bg-raised px-3 pt-2 pb-2.5 shadow-card transition-[border-color,opacity] [--stack-ring:var(--raised)] [-webkit-touch-callout:none]',
          'has-[a:focus-visible]:outline-2 has-[a:focus-visible]:outline-(--focus)',
          isOpen ? 'border-accent' : 'border-line hover:border-line-strong',
          dragging && 'opacity-40',
          task.version === 0 && 'border-dashed',
        )}
      >
        <a
          href={`/p/${board.projectKey}/t/${address}`}
          data-card={task.id}
          aria-describedby={metaId}
          aria-current={isOpen ? 'true' : undefined}
          draggable={false}
          tabIndex={tabbable ? 0 : -1}
          onClick={onClick}
          onFocus={() => onFocus(task.id)}
          className="block outline-none! after:absolute after:inset-0 after:rounded-lg"
        >
          <span
            className={clsx(
              'tnum block h-5 text-2xs text-ink-3 leading-5',
              task.priority === 'none' ? '' : 'pl-5',
            )}
          >
            {task.key || 'New'}{' '}
          </span>
          <span
            dir="auto"
            className="mt-0.5 line-clamp-3 break-words font-medium text-ink text-sm leading-[18px]"
          >
            {task.title}
          </span>
        </a>
        <div id={metaId}>
          {task.priority === 'none' ? null : (
            <span className="absolute top-2 left-3 flex h-5 items-center">
              <PriorityIcon priority={task.priority} />
            </span>
          )}
          <CardPeople task={task} />
          <CardMeta task={task} />
        </div>
      </div>
      {edge === 'bottom' ? <DropLine className="-bottom-[5px]" /> : null}
    </div>
  );
}

export function DropLine({ className }: { className?: string }) {
  return (
    <div
      aria-hidden
      className={clsx('pointer-events-none absolute inset-x-0 z-2 h-0.5 rounded-full bg-accent', className)}
    >
      <span className="absolute -top-[3px] -left-1 size-2 rounded-full border-2 border-accent bg-surface" />
    </div>
  );
}

function CardPeople({ task }: { task: Task }) {
  const { people, userId } = useBoard();
  const here = usePresence().filter((p) => p.at === task.id && p.user_id !== userId);
  const faces = [
    ...task.assignee_ids.map((id) => ({ seed: id, name: nameOf(people, id) })),
    ...(task.external?.people ?? []).map((name) => ({ seed: name, name, outside: true })),
  ];
  return (
    <span className="absolute top-2 right-3 flex h-5 items-center gap-1.5">
      {here.length > 0 ? (
        <span className="inline-flex items-center gap-1 text-2xs text-accent-text">
          <span aria-hidden className="size-1.5 rounded-full bg-accent" />
          <span className="max-w-24 truncate">{here.map((p) => p.name.split(' ')[0]).join(', ')}</span>
          <span className="sr-only">looking at it</span>
        </span>
      ) : null}
      {faces.length > 0 ? <AvatarStack people={faces} size={20} /> : null}
    </span>
  );
}

function CardMeta({ task }: { task: Task }) {
  const labels = useLabels();
  const progress = useSubtaskProgress(task.id);
  const status = useStatus(task.status_id);
  const shown = task.label_ids.flatMap((label) => labels.get(label) ?? []);
  const rest = shown.length - MOST_LABELS;
  const empty = shown.length === 0 && !task.due_date && !progress && task.comment_count === 0;
  if (empty) return null;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-1">
      {shown.slice(0, MOST_LABELS).map((label) => (
        <LabelChip key={label.id} label={label} />
      ))}
      {rest > 0 ? <span className="tnum text-2xs text-ink-3">+{rest}</span> : null}
      {task.due_date ? (
        <DueDate date={task.due_date} done={status?.category === 'done' || status?.category === 'canceled'} />
      ) : null}
      {progress ? (
        <span className="tnum inline-flex h-5 items-center gap-1 px-0.5 text-2xs text-ink-3">
          <CircleCheckBig size={12} aria-hidden />
          {progress}
          <span className="sr-only"> subtasks done</span>
        </span>
      ) : null}
      {task.comment_count > 0 ? (
        <span className="tnum inline-flex h-5 items-center gap-1 px-0.5 text-2xs text-ink-3">
          <MessageSquare size={12} aria-hidden />
          {task.comment_count}
          <span className="sr-only"> comments</span>
        </span>
      ) : null}
    </div>
  );
}

/** Makes a card something one can drag, and drop others before or after. */
function useCardDrag(
  ref: { current: HTMLDivElement | null },
  task: Task,
  enabled: boolean,
): { edge: Edge | null; dragging: boolean } {
  const [edge, setEdge] = useState<Edge | null>(null);
  const [dragging, setDragging] = useState(false);
  const { id, status_id: statusId } = task;
  useEffect(() => {
    const element = ref.current;
    if (!element || !enabled) return;
    return combine(
      draggable({
        element,
        getInitialData: () => ({ type: 'card', id, statusId }),
        onDragStart: () => setDragging(true),
        onDrop: () => setDragging(false),
      }),
      dropTargetForElements({
        element,
        canDrop: ({ source }) => isCardData(source.data) && source.data.id !== id,
        getData: ({ input }) =>
          attachClosestEdge(
            { type: 'card', id, statusId },
            { element, input, allowedEdges: ['top', 'bottom'] },
          ),
        onDrag: ({ self }) => setEdge(extractClosestEdge(self.data)),
        onDragLeave: () => setEdge(null),
        onDrop: () => setEdge(null),
      }),
    );
  }, [ref, id, statusId, enabled]);
  return { edge, dragging };
}
