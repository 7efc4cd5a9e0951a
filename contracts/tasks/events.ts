import { Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { IdOf, Instant } from '../kernel/schema.ts';
import { Comment, Label, Status, Task } from './entities.ts';

const TaskFields = Type.Partial(Task);
export const taskCreated = defineEvent({
  name: 'task.created',
  owner: 'tasks',
  entity: 'task',
  op: 'created',
  v: 1,
  after: TaskFields,
});
export const taskUpdated = defineEvent({
  name: 'task.updated',
  owner: 'tasks',
  entity: 'task',
  op: 'updated',
  v: 1,
  after: TaskFields,
});
export const taskDeleted = defineEvent({
  name: 'task.deleted',
  owner: 'tasks',
  entity: 'task',
  op: 'deleted',
  v: 1,
  after: Type.Object({ deleted_at: Instant }),
});
export const taskRestored = defineEvent({
  name: 'task.restored',
  owner: 'tasks',
  entity: 'task',
  op: 'restored',
  v: 1,
  after: TaskFields,
});
export const commentCreated = defineEvent({
  name: 'task.comment.created',
  owner: 'tasks',
  entity: 'comment',
  op: 'created',
  v: 1,
  after: Type.Partial(Comment),
});
export const commentUpdated = defineEvent({
  name: 'task.comment.updated',
  owner: 'tasks',
  entity: 'comment',
  op: 'updated',
  v: 1,
  after: Type.Partial(Comment),
});
export const commentDeleted = defineEvent({
  name: 'task.comment.deleted',
  owner: 'tasks',
  entity: 'comment',
  op: 'deleted',
  v: 1,
  after: Type.Object({ task_id: IdOf('task') }),
});
export const commentRestored = defineEvent({
  name: 'task.comment.restored',
  owner: 'tasks',
  entity: 'comment',
  op: 'restored',
  v: 1,
  after: Type.Partial(Comment),
});
export const statusCreated = defineEvent({
  name: 'project.status.created',
  owner: 'tasks',
  entity: 'status',
  op: 'created',
  v: 1,
  after: Type.Partial(Status),
});
export const statusUpdated = defineEvent({
  name: 'project.status.updated',
  owner: 'tasks',
  entity: 'status',
  op: 'updated',
  v: 1,
  after: Type.Partial(Status),
});
export const statusDeleted = defineEvent({
  name: 'project.status.deleted',
  owner: 'tasks',
  entity: 'status',
  op: 'deleted',
  v: 1,
  after: Type.Object({}),
});
export const labelCreated = defineEvent({
  name: 'project.label.created',
  owner: 'tasks',
  entity: 'label',
  op: 'created',
  v: 1,
  after: Type.Partial(Label),
});
export const labelUpdated = defineEvent({
  name: 'project.label.updated',
  owner: 'tasks',
  entity: 'label',
  op: 'updated',
  v: 1,
  after: Type.Partial(Label),
});
export const labelDeleted = defineEvent({
  name: 'project.label.deleted',
  owner: 'tasks',
  entity: 'label',
  op: 'deleted',
  v: 1,
  after: Type.Object({}),
});
