import { decodeId } from '@gantry/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { projectsQuery } from '../entities/projects.ts';
import { sessionQuery, useSession, useWorkspace } from '../entities/session.ts';
import { CreateProjectDialog } from '../features/projects/create-project-dialog.tsx';
import { runCommand, useCommand } from '../lib/commands.ts';
import { returnDraft } from '../lib/drafts.ts';
import { useHotkeys } from '../lib/hotkeys.ts';
import { sentence } from '../lib/problems.ts';
import { toggleSidebar, useSidebarCollapsed } from '../lib/sidebar.ts';
import { describeIntent, textOf } from '../sync/describe.ts';
import { Live, LiveProvider, useStreamSignal } from '../sync/live.ts';
import { toast } from '../ui/toast.tsx';
import { CommandMenu } from './command-menu.tsx';
import { PhoneBar, PhoneDrawer } from './phone-bar.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { Sidebar } from './sidebar.tsx';

/** Everything around a page for somebody signed in. */
export function Shell() {
  const live = useSessionLive();
  return (
    <LiveProvider value={live}>
      <ShellFrame />
    </LiveProvider>
  );
}

function ShellFrame() {
  const collapsed = useSidebarCollapsed();
  useFreshProjects();
  useHotkeys({
    'Mod+k': () => runCommand('command-menu'),
    '?': () => runCommand('shortcuts'),
    '[': toggleSidebar,
    c: () => runCommand('task.create'),
    '/': () => runCommand('filter.focus'),
  });
  return (
    <div className="flex h-full">
      <a
        href="#main"
        className="pop -translate-y-20 focus:translate-y-0 fixed top-2 left-2 z-80 px-3 py-1.5 font-medium text-sm"
      >
        Skip to content
      </a>
      {collapsed ? null : <Sidebar className="w-59 phone:hidden" />}
      <div className="flex min-w-0 flex-1 flex-col">
        <main
          id="main"
          tabIndex={-1}
          className={
            collapsed
              ? 'flex min-h-0 flex-1 flex-col bg-surface outline-none!'
              : 'flex min-h-0 flex-1 flex-col border-line bg-surface outline-none! md:my-2 md:mr-2 md:overflow-hidden md:rounded-lg md:border md:shadow-card'
          }
        >
          <Outlet />
        </main>
        <PhoneBar />
      </div>
      <PhoneDrawer />
      <CommandMenu />
      <ShortcutsDialog />
      <CreateProject />
    </div>
  );
}

/** The dialog behind every “Create project”. */
function CreateProject() {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  useCommand('project.create', () => setOpen(true));
  return (
    <CreateProjectDialog
      open={open}
      onClose={() => setOpen(false)}
      onCreated={(project) => {
        setOpen(false);
        void navigate({ to: '/p/$project', params: { project: project.key } });
      }}
    />
  );
}

/** The live line of whoever is signed in, closed when they leave. */
function useSessionLive(): Live {
  const { user } = useSession();
  const client = useQueryClient();
  const router = useRouter();
  const userId = user.id;
  const live = useMemo(
    () =>
      new Live({
        userId,
        onSignedOut: () => {
          client.setQueryData(sessionQuery.queryKey, null);
          void router.invalidate();
        },
        onRefused: (write, problem, before) => {
          const { intent } = write;
          if (intent.kind === 'comment.create') returnDraft(`comment:${intent.taskId}`, intent.content);
          const text = textOf(intent);
          toast({
            tone: 'problem',
            sticky: text !== null && intent.kind !== 'comment.create',
            title: `Could not ${describeIntent(intent, before)}`,
            detail: sentence(problem),
            ...(text === null
              ? {}
              : { action: { label: 'Copy text', run: () => void navigator.clipboard?.writeText(text) } }),
          });
        },
      }),
    [userId, client, router],
  );
  useEffect(() => {
    live.hold();
    return () => live.release();
  }, [live]);
  return live;
}

/** The list of projects follows the workspace's stream. */
function useFreshProjects(): void {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const id = workspace?.id ?? '';
  const uuid = decodeId('workspace', id);
  const refresh = useCallback(() => {
    void client.invalidateQueries({ queryKey: projectsQuery(id).queryKey });
  }, [client, id]);
  useStreamSignal(uuid ? `projects/workspace:${uuid}` : null, refresh);
}
