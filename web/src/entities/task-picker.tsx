import type { Priority, Task } from '@gantry/contracts/tasks';
import type { ReactElement } from 'react';
import { useLabels, useProjectStore, useStatuses } from '../sync/react.ts';
import { Picker, type PickerOption } from '../ui/picker.tsx';
import { LabelDot } from './label-chip.tsx';
import { usePeople } from './people.ts';
import { PRIORITY_CHOICES, PRIORITY_NAMES, PriorityIcon } from './priority-icon.tsx';
import { useSession } from './session.ts';
import { StatusIcon, startedProgress } from './status-icon.tsx';
import { addNewLabel, setTaskPriority, setTaskStatus, toggleAssignee, toggleLabel } from './task-actions.ts';
import { UserAvatar } from './user-avatar.tsx';

export type TaskField = 'status' | 'priority' | 'assignees' | 'labels';

interface TaskPickerProps {
  field: TaskField;
  task: Task;
  trigger?: ReactElement;
  anchor?: Element | null;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** Chooses one field of a task from a searchable list. */
export function TaskPicker({ field, ...props }: TaskPickerProps) {
  if (field === 'status') return <StatusPicker {...props} />;
  if (field === 'priority') return <PriorityPicker {...props} />;
  if (field === 'assignees') return <AssigneePicker {...props} />;
  return <LabelPicker {...props} />;
}

type PickerProps = Omit<TaskPickerProps, 'field'>;

function StatusPicker({ task, ...place }: PickerProps) {
  const store = useProjectStore();
  const statuses = useStatuses();
  const options: PickerOption[] = statuses
    .filter((status) => !status.archived || status.id === task.status_id)
    .map((status) => ({
      value: status.id,
      label: status.name,
      icon: (
        <StatusIcon
          category={status.category}
          color={status.color}
          progress={startedProgress(statuses, status)}
        />
      ),
    }));
  return (
    <Picker
      label="Set status"
      options={options}
      selected={[task.status_id]}
      onPick={(id) => setTaskStatus(store, task, id)}
      {...place}
    />
  );
}

function PriorityPicker({ task, ...place }: PickerProps) {
  const store = useProjectStore();
  return (
    <Picker
      label="Set priority"
      options={PRIORITY_CHOICES.map((priority) => ({
        value: priority,
        label: PRIORITY_NAMES[priority],
        icon: <PriorityIcon priority={priority} silent />,
      }))}
      selected={[task.priority]}
      onPick={(value) => setTaskPriority(store, task, value as Priority)}
      {...place}
    />
  );
}

function AssigneePicker({ task, ...place }: PickerProps) {
  const store = useProjectStore();
  const { user } = useSession();
  const people = usePeople(task.project_id);
  const options = [...people.values()]
    .sort((a, b) => (a.id === user.id ? -1 : b.id === user.id ? 1 : a.name.localeCompare(b.name)))
    .map((person) => ({
      value: person.id,
      label: person.name,
      icon: <UserAvatar seed={person.id} name={person.name} size={18} silent />,
      ...(person.id === user.id ? { hint: 'You' } : {}),
    }));
  return (
    <Picker
      label="Assign to"
      multiple
      options={options}
      selected={task.assignee_ids}
      onPick={(id) => toggleAssignee(store, task, id)}
      empty="Nobody of this name can see the project."
      {...place}
    />
  );
}

function LabelPicker({ task, ...place }: PickerProps) {
  const store = useProjectStore();
  const labels = useLabels();
  const options = [...labels.values()]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((label) => ({
      value: label.id,
      label: label.name || 'Label without a name',
      icon: <LabelDot color={label.color} />,
    }));
  return (
    <Picker
      label="Change labels"
      multiple
      options={options}
      selected={task.label_ids}
      onPick={(id) => toggleLabel(store, task, id)}
      onCreate={(name) => addNewLabel(store, task, name)}
      createLabel={(name) => `Create label “${name}”`}
      empty="No labels yet. Type a name to make one."
      {...place}
    />
  );
}
