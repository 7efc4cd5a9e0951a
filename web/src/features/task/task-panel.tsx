import type { Task } from '@gantry/contracts/tasks';
import { ChevronRight, Ellipsis, Link2, Trash2, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useMay, useProject } from '../../entities/project-context.tsx';
import { taskName } from '../../entities/task-actions.ts';
import type { TaskField } from '../../entities/task-picker.tsx';
import { comboOf } from '../../lib/hotkeys.ts';
import { useProjectStore, useTask } from '../../sync/react.ts';
import { IconButton } from '../../ui/button.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { toast } from '../../ui/toast.tsx';
import { ActivityStream } from './activity-stream.tsx';
import { ExternalNotes } from './external-notes.tsx';
import { SubtaskList } from './subtask-list.tsx';
import { TaskDescription } from './task-description.tsx';
import { TaskProperties } from './task-properties.tsx';
import { TaskTitle } from './task-title.tsx';

interface TaskPanelProps {
  taskId: string;
  edit: boolean;
  onClose: () => void;
  onOpen: (task: string) => void;
}

const FIELD_KEYS: Record<string, TaskField | 'due'> = {
  s: 'status',
  p: 'priority',
  a: 'assignees',
  l: 'labels',
  d: 'due',
};

/** One task, beside the board or over it on a small screen. */
export function TaskPanel({ taskId, edit, onClose, onOpen }: TaskPanelProps) {
  const task = useTask(taskId);
  const panel = useRef<HTMLElement>(null);
  const store = useProjectStore();
  const mayEdit = useMay('task.edit');
  const [picking, setPicking] = useState<TaskField | 'due' | null>(null);

  useEffect(() => {
    store.here(taskId);
  }, [store, taskId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another task is a reason to move focus, not an input
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus({ preventScroll: true });
  }, [taskId]);

  if (!task) return null;
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || !panel.current?.contains(target)) return;
    const typing = ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (typing) panel.current?.focus();
      else onClose();
      return;
    }
    if (typing) return;
    const combo = comboOf(event);
    const field = FIELD_KEYS[combo];
    if (mayEdit && field) setPicking(field);
    else if (mayEdit && combo === 'e') panel.current?.querySelector<HTMLElement>('[data-title]')?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const remove = () => {
    const { id } = task;
    store.write({ kind: 'task.delete', taskId: id });
    onClose();
    toast({
      title: `Deleted ${taskName(task)}`,
      detail: 'It stays in the trash for 30 days.',
      action: { label: 'Undo', run: () => store.write({ kind: 'task.restore', taskId: id }) },
    });
  };
  return (
    <section
      ref={panel}
      aria-label={`Task ${taskName(task)}`}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="flex w-[min(580px,44vw)] shrink-0 animate-[slide-in_160ms_var(--ease-out-soft)] flex-col border-line border-l bg-surface outline-none! max-[899px]:fixed max-[899px]:inset-0 max-[899px]:z-30 max-[899px]:w-full max-[899px]:border-0"
    >
      <h2 className="sr-only">{task.title}</h2>
      <PanelHeader task={task} onClose={onClose} onOpen={onOpen} onDelete={remove} />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto max-w-170 px-6 pt-5 pb-10 phone:px-4">
          <TaskTitle key={`title-${task.id}`} task={task} mayEdit={mayEdit} focus={edit} />
          <TaskProperties task={task} mayEdit={mayEdit} picking={picking} onPicking={setPicking} />
          <TaskDescription key={`description-${task.id}`} task={task} mayEdit={mayEdit} />
          {task.external ? <ExternalNotes external={task.external} /> : null}
          <SubtaskList task={task} onOpen={onOpen} />
          <ActivityStream key={`activity-${task.id}`} task={task} />
        </div>
      </div>
    </section>
  );
}

interface PanelHeaderProps {
  task: Task;
  onClose: () => void;
  onOpen: (task: string) => void;
  onDelete: () => void;
}

function PanelHeader({ task, onClose, onOpen, onDelete }: PanelHeaderProps) {
  const project = useProject();
  const parent = useTask(task.parent_id ?? '');
  const mayDelete = useMay('task.delete');
  const address = `/p/${project.key}/t/${task.key || task.id}`;
  const copyLink = async () => {
    await navigator.clipboard?.writeText(new URL(address, location.href).href);
    toast({ tone: 'success', title: `Copied the link to ${taskName(task)}` });
  };
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-line border-b pr-3 pl-6 phone:h-13 phone:pl-4">
      <nav aria-label="Breadcrumb" className="tnum flex min-w-0 flex-1 items-center gap-1 text-ink-3 text-xs">
        <span className="truncate max-[899px]:hidden" dir="auto">
          {project.name}
        </span>
        <ChevronRight size={12} aria-hidden className="shrink-0 max-[899px]:hidden" />
        {parent ? (
          <>
            <button
              type="button"
              onClick={() => onOpen(parent.key || parent.id)}
              className="max-w-40 truncate rounded px-1 text-ink-2 hover:bg-hover hover:text-ink"
              title={parent.title}
            >
              {parent.key} {parent.title}
            </button>
            <ChevronRight size={12} aria-hidden className="shrink-0" />
          </>
        ) : null}
        <span className="shrink-0 font-medium text-ink-2">{task.key || 'New task'}</span>
      </nav>
      <IconButton label="Copy link" onClick={() => void copyLink()}>
        <Link2 size={16} aria-hidden />
      </IconButton>
      {mayDelete ? (
        <Menu
          align="end"
          trigger={
            <IconButton label="Task actions" tip={false}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem danger icon={<Trash2 size={14} aria-hidden />} onClick={onDelete}>
            Delete task
          </MenuItem>
        </Menu>
      ) : null}
      <IconButton label="Close task" keys="Esc" onClick={onClose}>
        <X size={16} aria-hidden />
      </IconButton>
    </header>
  );
}
