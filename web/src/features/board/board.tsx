import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { autoScrollForElements } from '@atlaskit/pragmatic-drag-and-drop-auto-scroll/element';
import { type Edge, extractClosestEdge } from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';
import type { Status, Task } from '@gantry/contracts/tasks';
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { usePeople } from '../../entities/people.ts';
import { useMay, useProject } from '../../entities/project-context.tsx';
import { useSession } from '../../entities/session.ts';
import { taskName } from '../../entities/task-actions.ts';
import { type TaskField, TaskPicker } from '../../entities/task-picker.tsx';
import { useCommand } from '../../lib/commands.ts';
import { comboOf } from '../../lib/hotkeys.ts';
import type { ProjectStore } from '../../sync/project-store.ts';
import { useProjectStore, useStatuses, useSync, useTask } from '../../sync/react.ts';
import { announce } from '../../ui/announcer.tsx';
import { BoardSkeletonColumns } from '../../ui/board-skeleton.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { BoardContext, type BoardContextValue, type ColumnHandle } from './board-context.ts';
import { Column } from './column.tsx';
import { isCardData } from './drag-data.ts';
import { keyAction, type Place } from './key-action.ts';

interface BoardProps {
  query: string;
  onOpen: (taskId: string, edit?: boolean) => void;
}

/** A project's tasks in the columns of their statuses. */
export function Board({ query, onOpen }: BoardProps) {
  const sync = useSync();
  const store = useProjectStore();
  const statuses = useStatuses();
  if (sync.phase === 'failed' && statuses.length === 0)
    return (
      <EmptyState
        title="The board could not be read"
        actions={<Button onClick={() => store.retryNow()}>Try again</Button>}
      >
        {sync.problem?.problem.detail}
      </EmptyState>
    );
  if (sync.phase === 'ended')
    return (
      <EmptyState title="You no longer have access to this project">
        Ask one of its admins to add you again.
      </EmptyState>
    );
  if (statuses.length === 0)
    return (
      <div role="status" aria-label="Loading the board" className="flex min-h-0 flex-1">
        <BoardSkeletonColumns />
      </div>
    );
  return <Columns statuses={statuses} query={query} onOpen={onOpen} />;
}

function Columns({ statuses, query, onOpen }: BoardProps & { statuses: readonly Status[] }) {
  const store = useProjectStore();
  const project = useProject();
  const people = usePeople(project.id);
  const { user } = useSession();
  const mayEdit = useMay('task.edit');
  const mayCreate = useMay('task.create');
  const handles = useRef(new Map<string, ColumnHandle>());
  const scroller = useRef<HTMLDivElement>(null);
  const [picking, setPicking] = useState<{ field: TaskField; taskId: string; anchor: Element } | null>(null);
  const [showArchived, setShowArchived] = useState(false);
  const archived = statuses.filter((status) => status.archived);
  const shown = showArchived ? statuses : statuses.filter((status) => !status.archived);
  const firstOpen = shown.find((status) => status.category === 'unstarted') ?? shown[0];

  const context = useMemo<BoardContextValue>(
    () => ({
      projectKey: project.key,
      people,
      mayEdit,
      mayCreate,
      userId: user.id,
      open: onOpen,
      register: (statusId, handle) => {
        if (handle) handles.current.set(statusId, handle);
        else handles.current.delete(statusId);
      },
    }),
    [project.key, people, mayEdit, mayCreate, user.id, onOpen],
  );

  const move = useCallback(
    (task: Task, statusId: string, place: Place) => {
      const rank = store.rankAt(statusId, place, task.id);
      const patch = task.status_id === statusId ? { rank } : { status_id: statusId, rank };
      store.write({ kind: 'task.update', taskId: task.id, patch });
      announce(sayMoved(store, task.id));
    },
    [store],
  );

  useOpenColumnInView(scroller, store);
  useBoardDrag(scroller, store, move, mayEdit);
  useCommand('task.create', () => {
    const focused = document.activeElement?.closest('[data-column]')?.getAttribute('data-column');
    handles.current.get(focused ?? firstOpen?.id ?? '')?.compose();
  });

  const focusIn = (statusId: string | undefined, taskId: string) => {
    if (statusId) handles.current.get(statusId)?.focus(taskId);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const card = (event.target as Element).closest('[data-card]');
    const id = card?.getAttribute('data-card');
    const task = id ? store.view.tasks.get(id) : undefined;
    if (!card || !task) return;
    const columns = shown.map((status) => status.id);
    const run = keyAction(comboOf(event), { task, columns, handles: handles.current, mayEdit });
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    if (run.kind === 'focus') focusIn(run.statusId, run.taskId);
    else if (run.kind === 'move') {
      move(task, run.statusId, run.place);
      requestAnimationFrame(() => focusIn(run.statusId, task.id));
    } else if (run.kind === 'pick') setPicking({ field: run.field, taskId: task.id, anchor: card });
    else onOpen(task.key || task.id, true);
  };

  return (
    <BoardContext value={context}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the cards inside, which are links */}
      <div
        ref={scroller}
        onKeyDown={onKeyDown}
        className="flex min-h-0 flex-1 snap-x snap-proximity scroll-px-3 gap-2 overflow-x-auto overscroll-x-contain p-3 phone:snap-mandatory"
      >
        {shown.map((status) => (
          <Column key={status.id} status={status} query={query} first={status === firstOpen} />
        ))}
        {archived.length > 0 ? (
          <Button
            look="ghost"
            size="sm"
            className="self-start"
            onClick={() => setShowArchived(!showArchived)}
          >
            {showArchived
              ? 'Hide archived'
              : `${archived.length} archived ${archived.length === 1 ? 'column' : 'columns'}`}
          </Button>
        ) : null}
      </div>
      {picking ? <CardPicker {...picking} onClose={() => setPicking(null)} /> : null}
    </BoardContext>
  );
}

/** The picker a key opens on a card. */
function CardPicker(props: { field: TaskField; taskId: string; anchor: Element; onClose: () => void }) {
  const task = useTask(props.taskId);
  if (!task) return null;
  return (
    <TaskPicker
      field={props.field}
      task={task}
      anchor={props.anchor}
      open
      onOpenChange={(open) => {
        if (open) return;
        props.onClose();
        if (props.anchor instanceof HTMLElement) props.anchor.focus();
      }}
    />
  );
}

function sayMoved(store: ProjectStore, taskId: string): string {
  const task = store.view.tasks.get(taskId);
  if (!task) return '';
  const ids = store.column(task.status_id);
  const status = store.view.statuses.get(task.status_id)?.name ?? '';
  return `${taskName(task)} moved to ${status}, position ${ids.indexOf(taskId) + 1} of ${ids.length}`;
}

/** Keeps the column of the open task in view: the panel that opens beside the board may cover it. */
function useOpenColumnInView(scroller: RefObject<HTMLDivElement | null>, store: ProjectStore): void {
  useEffect(() => {
    const show = () => {
      const status = store.view.tasks.get(store.open ?? '')?.status_id;
      const column = status ? scroller.current?.querySelector(`[data-column="${CSS.escape(status)}"]`) : null;
      column?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'smooth' });
    };
    show();
    return store.subscribe('opened', show);
  }, [scroller, store]);
}

/** Ends a drag: finds where the card was dropped and moves it there. */
function useBoardDrag(
  scroller: RefObject<HTMLDivElement | null>,
  store: ProjectStore,
  move: (task: Task, statusId: string, place: Place) => void,
  enabled: boolean,
): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element || !enabled) return;
    return combine(
      autoScrollForElements({ element, canScroll: ({ source }) => isCardData(source.data) }),
      monitorForElements({
        canMonitor: ({ source }) => isCardData(source.data),
        onDrop: ({ source, location }) => {
          if (!isCardData(source.data)) return;
          const task = store.view.tasks.get(source.data.id);
          const target = location.current.dropTargets[0];
          if (!task || !target) return;
          const drop = dropPlace(target.data);
          if (drop && !isWhereItWas(store, task, drop)) move(task, drop.statusId, drop.place);
        },
      }),
    );
  }, [scroller, store, move, enabled]);
}

function dropPlace(data: Record<string | symbol, unknown>): { statusId: string; place: Place } | null {
  if (isCardData(data)) {
    const edge: Edge | null = extractClosestEdge(data);
    return { statusId: data.statusId, place: edge === 'top' ? { before: data.id } : { after: data.id } };
  }
  return data.type === 'column' && typeof data.statusId === 'string'
    ? { statusId: data.statusId, place: 'end' }
    : null;
}

function isWhereItWas(store: ProjectStore, task: Task, drop: { statusId: string; place: Place }): boolean {
  if (drop.statusId !== task.status_id) return false;
  const ids = store.column(task.status_id);
  const index = ids.indexOf(task.id);
  const { place } = drop;
  if (place === 'end') return index === ids.length - 1;
  if (place === 'start') return index === 0;
  return 'before' in place ? ids[index + 1] === place.before : ids[index - 1] === place.after;
}
