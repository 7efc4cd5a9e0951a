import { useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { useCallback, useSyncExternalStore } from 'react';
import { useProject } from '../entities/project-context.tsx';
import { TaskPanel } from '../features/task/task-panel.tsx';
import { useProjectStore, useSync } from '../sync/react.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';

export function TaskPage() {
  const { task: address } = useParams({ from: '/app/p/$project/board/t/$task' });
  const edit = useLocation({ select: (location) => location.hash === 'edit' });
  const project = useProject();
  const store = useProjectStore();
  const navigate = useNavigate();
  const { phase } = useSync();
  const subscribe = useCallback((listener: () => void) => store.subscribe('any', listener), [store]);
  const taskId = useSyncExternalStore(subscribe, () => store.find(address)?.id ?? null);

  const close = useCallback(() => {
    void navigate({
      to: '/p/$project',
      params: { project: project.key },
      search: (old) => ({ ...old }),
    }).then(() => {
      if (taskId)
        document
          .querySelector<HTMLElement>(`[data-card="${CSS.escape(taskId)}"]`)
          ?.focus({ preventScroll: true });
    });
  }, [navigate, project.key, taskId]);
  const open = useCallback(
    (task: string) => {
      void navigate({
        to: '/p/$project/t/$task',
        params: { project: project.key, task },
        search: (old) => ({ ...old }),
      });
    },
    [navigate, project.key],
  );

  if (taskId) return <TaskPanel taskId={taskId} edit={edit} onClose={close} onOpen={open} />;
  if (phase === 'loading') return null;
  return (
    <section
      aria-label="Task not found"
      className="w-[min(580px,44vw)] shrink-0 border-line border-l bg-surface max-[899px]:fixed max-[899px]:inset-0 max-[899px]:z-30 max-[899px]:w-full"
    >
      <EmptyState
        title={`There is no task “${address}” here`}
        actions={<Button onClick={close}>Back to the board</Button>}
      >
        It may have been deleted or moved to another project.
      </EmptyState>
    </section>
  );
}
