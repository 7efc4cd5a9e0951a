import type { Task } from '@gantry/contracts/tasks';
import clsx from 'clsx';
import { Plus, UserRound } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { DueDate } from '../../entities/due-date.tsx';
import { LabelChip } from '../../entities/label-chip.tsx';
import { nameOf, usePeople } from '../../entities/people.ts';
import { PRIORITY_NAMES, PriorityIcon } from '../../entities/priority-icon.tsx';
import { StatusIcon, startedProgress } from '../../entities/status-icon.tsx';
import { type TaskField, TaskPicker } from '../../entities/task-picker.tsx';
import { UserAvatar } from '../../entities/user-avatar.tsx';
import { useLabels, useStatuses } from '../../sync/react.ts';
import { DueDatePicker } from './due-date-picker.tsx';

interface TaskPropertiesProps {
  task: Task;
  mayEdit: boolean;
  picking: TaskField | 'due' | null;
  onPicking: (field: TaskField | 'due' | null) => void;
}

export function TaskProperties({ task, mayEdit, picking, onPicking }: TaskPropertiesProps) {
  const statuses = useStatuses();
  const labels = useLabels();
  const people = usePeople(task.project_id);
  const status = statuses.find((s) => s.id === task.status_id);
  const shownLabels = task.label_ids.flatMap((id) => labels.get(id) ?? []);
  const done = status?.category === 'done' || status?.category === 'canceled';
  const outside = task.external?.people ?? [];
  const pick = (field: TaskField, button: ReactNode, label: string) =>
    mayEdit ? (
      <TaskPicker
        field={field}
        task={task}
        open={picking === field}
        onOpenChange={(open) => onPicking(open ? field : null)}
        trigger={
          <ValueButton>
            <span className="sr-only">{label}: </span>
            {button}
          </ValueButton>
        }
      />
    ) : (
      <div className="flex min-h-8 flex-wrap items-center gap-2 px-2 py-1">{button}</div>
    );
  const assigneeNames = [...task.assignee_ids.map((id) => nameOf(people, id)), ...outside].join(', ');
  return (
    <dl className="mt-4 grid grid-cols-[96px_minmax(0,1fr)] items-start gap-y-0.5 text-sm">
      <Term>Status</Term>
      <dd>
        {pick(
          'status',
          status ? (
            <>
              <StatusIcon
                category={status.category}
                color={status.color}
                progress={startedProgress(statuses, status)}
              />
              <span className="truncate">{status.name}</span>
            </>
          ) : (
            <span className="text-ink-3">Unknown</span>
          ),
          'Status',
        )}
      </dd>
      <Term>Priority</Term>
      <dd>
        {pick(
          'priority',
          <>
            <PriorityIcon priority={task.priority} silent />
            <span className={task.priority === 'none' ? 'text-ink-3' : ''}>
              {PRIORITY_NAMES[task.priority]}
            </span>
          </>,
          'Priority',
        )}
      </dd>
      <Term>Assignees</Term>
      <dd>
        {pick(
          'assignees',
          assigneeNames ? (
            <span className="flex flex-wrap gap-x-3 gap-y-1.5">
              {task.assignee_ids.map((id) => (
                <Face key={id} seed={id} name={nameOf(people, id)} />
              ))}
              {outside.map((name) => (
                <Face key={name} seed={name} name={name} outside />
              ))}
            </span>
          ) : (
            <>
              <UserRound size={14} aria-hidden className="text-ink-3" />
              <span className="text-ink-3">Nobody</span>
            </>
          ),
          'Assignees',
        )}
      </dd>
      <Term>Labels</Term>
      <dd>
        {pick(
          'labels',
          shownLabels.length > 0 ? (
            <span className="flex min-w-0 flex-wrap gap-1">
              {shownLabels.map((label) => (
                <LabelChip key={label.id} label={label} />
              ))}
            </span>
          ) : (
            <>
              <Plus size={14} aria-hidden className="text-ink-3" />
              <span className="text-ink-3">Add label</span>
            </>
          ),
          'Labels',
        )}
      </dd>
      <Term>Due</Term>
      <dd>
        {mayEdit ? (
          <DueDatePicker
            task={task}
            open={picking === 'due'}
            onOpenChange={(open) => onPicking(open ? 'due' : null)}
            trigger={
              <ValueButton>
                <span className="sr-only">Due: </span>
                {task.due_date ? (
                  <DueDate date={task.due_date} done={done} />
                ) : (
                  <>
                    <Plus size={14} aria-hidden className="text-ink-3" />
                    <span className="text-ink-3">Add date</span>
                  </>
                )}
              </ValueButton>
            }
          />
        ) : (
          <div className="flex min-h-8 items-center px-2">
            {task.due_date ? (
              <DueDate date={task.due_date} done={done} />
            ) : (
              <span className="text-ink-3">None</span>
            )}
          </div>
        )}
      </dd>
    </dl>
  );
}

function Term({ children }: { children: ReactNode }) {
  return <dt className="flex h-8 items-center text-ink-3 text-xs touch:h-11">{children}</dt>;
}

function Face({ seed, name, outside }: { seed: string; name: string; outside?: boolean }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <UserAvatar seed={seed} name={name} size={18} outside={outside ?? false} silent />
      <span className="truncate" dir="auto">
        {name}
      </span>
      {outside ? <span className="text-2xs text-ink-3">imported</span> : null}
    </span>
  );
}

interface ValueButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
}

function ValueButton({ className, ...rest }: ValueButtonProps) {
  return (
    <button
      type="button"
      className={clsx(
        'flex min-h-8 max-w-full items-center gap-2 rounded-md px-2 py-1 text-left text-ink text-sm hover:bg-hover data-[popup-open]:bg-selected touch:min-h-11',
        className,
      )}
      {...rest}
    />
  );
}
