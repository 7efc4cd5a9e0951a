import { type Static, Type } from 'typebox';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Nullable, Strict } from '../kernel/schema.ts';
import { taskErrors } from './errors.ts';
import { projectParams } from './fields.ts';

/** Most entries of `kept` an answer lists. */
export const KEPT_LISTED = 1_000;

/** Why something stays as it is. */
export const KEPT_REASONS = [
  'changed_since',
  'gone',
  'touched_by_others',
  'deleted_with_parent',
  'forbidden',
  'not_undoable',
] as const;

export const Kept = Type.Object({
  change_id: IdOf('change'),
  entity: Type.String(),
  entity_id: Type.String(),
  field: Nullable(Type.String({ description: 'The field that stays; null for the whole thing.' })),
  reason: Enum(KEPT_REASONS, {
    description:
      '`changed_since`: it is not what this change made it any more. `gone`: it, or what it pointed at, is not there any more. `touched_by_others`: made in the batch, but somebody else worked on it, or on a task below it. `deleted_with_parent`: restore the task above it. `forbidden`: your role does not allow it today. `not_undoable`: changes of this kind cannot be undone.',
  }),
});
export type Kept = Static<typeof Kept>;

export const UndoResult = Type.Object({
  batch_id: IdOf('batch', {
    description: 'Carried by every change the undo made; undoing this batch is redo.',
  }),
  undone: Type.Integer({ description: 'Changes of which at least a part was undone.' }),
  kept: Type.Array(Kept),
  kept_total: Type.Integer({ description: `All that stays; \`kept\` lists ${KEPT_LISTED} at most.` }),
});
export type UndoResult = Static<typeof UndoResult>;

export const undoRoutes = {
  undo: defineRoute({
    id: 'undo',
    method: 'POST',
    path: '/projects/{project_id}/undo',
    status: 200,
    summary:
      'Undo one change (change_id) or everything of a batch in this project (batch_id), as new changes. A field returns to what it was only if it still is what the change made it; what stays is listed. Undoing the answered batch is redo.',
    params: projectParams,
    body: Strict({
      change_id: Type.Optional(IdOf('change')),
      batch_id: Type.Optional(IdOf('batch')),
    }),
    response: UndoResult,
    errors: taskErrors,
  }),
} as const;
