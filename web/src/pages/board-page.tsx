import { Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { useProject } from '../entities/project-context.tsx';
import { Board } from '../features/board/board.tsx';
import { BoardHeader } from '../features/board/board-header.tsx';
import { useHotkeys } from '../lib/hotkeys.ts';
import { useProjectStore } from '../sync/react.ts';
import { toast } from '../ui/toast.tsx';

export function BoardPage() {
  const project = useProject();
  const store = useProjectStore();
  const navigate = useNavigate();
  const { q = '' } = useSearch({ from: '/app/p/$project/board' });
  const { task: open } = useParams({ strict: false });

  useEffect(() => {
    document.title = `${project.name} · Gantry`;
  }, [project.name]);
  useEffect(() => {
    if (!open) store.here(null);
  }, [open, store]);
  useHotkeys({
    'Mod+z': () => {
      if (store.undo()) toast({ title: 'Undone' });
    },
  });

  const openTask = useCallback(
    (task: string, edit?: boolean) => {
      void navigate({
        to: '/p/$project/t/$task',
        params: { project: project.key, task },
        search: (old) => ({ ...old }),
        ...(edit ? { hash: 'edit' } : {}),
      });
    },
    [navigate, project.key],
  );
  const filter = useCallback(
    (text: string) => {
      void navigate({ to: '.', search: text ? { q: text } : {}, replace: true });
    },
    [navigate],
  );
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <BoardHeader query={q} onFilter={filter} />
        <Board query={q} onOpen={openTask} />
      </div>
      <Outlet />
    </div>
  );
}
