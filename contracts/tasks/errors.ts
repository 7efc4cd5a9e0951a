import { defineErrors } from '../kernel/errors.ts';

export const taskErrors = defineErrors({
  unknown_status: {
    status: 422,
    title: 'This status is not in the project',
    detail: 'Use a status of the same project; GET its statuses.',
  },
  unknown_label: {
    status: 422,
    title: 'A label is not in the project',
    detail: 'Use labels of the same project; GET its labels.',
  },
  unknown_parent: {
    status: 422,
    title: 'The parent task is not in the project',
    detail: 'A subtask lives in the project of its parent.',
  },
  parent_cycle: {
    status: 422,
    title: 'A task cannot be below itself',
    detail: 'Choose a parent that is not the task or one of its subtasks.',
  },
  unknown_assignee: {
    status: 422,
    title: 'An assignee cannot see the project',
    detail: 'Assign people who can see the project.',
  },
  status_in_use: {
    status: 409,
    title: 'Tasks still have this status',
    detail: 'Give move_to, the status they shall get.',
  },
  last_status: { status: 409, title: 'A project needs a status', detail: 'Make another one first.' },
  name_taken: { status: 409, title: 'This name is used already', detail: 'Choose another name.' },
  bad_filter: {
    status: 422,
    title: 'The filter has a fault',
    detail: 'Correct it where the fields point; docs/filters.md has the words.',
  },
  project_archived: {
    status: 409,
    title: 'The project is archived',
    detail: 'Set the project active again before changing its tasks.',
  },
});
