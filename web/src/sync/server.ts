import { API_BASE } from '@gantry/contracts';
import type { Task } from '@gantry/contracts/tasks';
import type { Api } from '../lib/client.ts';
import type { SocketLike } from './live-socket.ts';
import type { ProjectServer, WriteAnswer } from './project-store.ts';
import type { Intent, WriteContext } from './writes.ts';

const PAGE = 200;

/** The store's view of the public API. */
export function projectServer(api: Api): ProjectServer {
  return {
    async snapshot(projectId) {
      const response = await api.getSnapshot({ params: { project_id: projectId } });
      if (!response.body) throw new Error('The snapshot has no body');
      return response.body;
    },
    changes: (projectId, after) =>
      api.getChanges({ params: { project_id: projectId }, query: { after, limit: 1000 } }),
    task: (taskId) => api.getTask({ params: { task_id: taskId } }),
    async comments(taskId) {
      const all = [];
      for (let page = 1; ; page++) {
        const list = await api.listComments({ params: { task_id: taskId }, query: { page, limit: PAGE } });
        all.push(...list.data);
        if (list.data.length < PAGE || all.length >= list.meta.total) return all;
      }
    },
    write: (context, write) =>
      send(api, context, write.intent, { idempotencyKey: write.id, mutationId: write.id }),
  };
}

async function send(
  api: Api,
  context: WriteContext,
  intent: Intent,
  options: { idempotencyKey: string; mutationId: string },
): Promise<WriteAnswer> {
  const inProject = { project_id: context.projectId };
  switch (intent.kind) {
    case 'task.create':
      return { task: await api.createTask({ params: inProject, body: intent.task }, options) };
    case 'task.update': {
      const params = { task_id: intent.taskId };
      const { overwritten: _, ...task } = await api.updateTask({ params, body: intent.patch }, options);
      return { task: task as Task };
    }
    case 'task.delete':
      await api.deleteTask({ params: { task_id: intent.taskId } }, options);
      return;
    case 'task.restore':
      return { task: await api.restoreTask({ params: { task_id: intent.taskId } }, options) };
    case 'comment.create':
      return {
        comment: await api.addComment(
          { params: { task_id: intent.taskId }, body: { id: intent.commentId, content: intent.content } },
          options,
        ),
      };
    case 'comment.update':
      return {
        comment: await api.updateComment(
          {
            params: { task_id: intent.taskId, comment_id: intent.commentId },
            body: { content: intent.content },
          },
          options,
        ),
      };
    case 'comment.delete':
      await api.deleteComment({ params: { task_id: intent.taskId, comment_id: intent.commentId } }, options);
      return;
    case 'label.create':
      return { label: await api.createLabel({ params: inProject, body: intent.label }, options) };
  }
}

/** Opens the live socket of this origin. */
export function openLiveSocket(): SocketLike {
  const url = new URL(`${API_BASE}/live`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url) as unknown as SocketLike;
}
