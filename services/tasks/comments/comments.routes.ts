import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { addComment, deleteComment, listComments, updateComment } from './comments.ts';

export const commentRoutes = [
  handle(tasksRoutes.listComments, (ctx, { params, query }) => listComments(ctx, params.task_id, query)),
  handle(tasksRoutes.addComment, (ctx, { params, body }) => addComment(ctx, params.task_id, body)),
  handle(tasksRoutes.updateComment, (ctx, { params, body }) =>
    updateComment(ctx, params.task_id, params.comment_id, body.content),
  ),
  handle(tasksRoutes.deleteComment, (ctx, { params }) =>
    deleteComment(ctx, params.task_id, params.comment_id),
  ),
];
