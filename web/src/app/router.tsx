import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { sessionQuery } from '../entities/session.ts';
import { BoardSkeleton } from '../ui/board-skeleton.tsx';
import { ErrorScreen, NotFoundScreen } from './error-screen.tsx';
import { queryClient } from './query-client.ts';
import { Shell } from './shell.tsx';

const root = createRootRouteWithContext()({ component: Outlet, notFoundComponent: NotFoundScreen });

interface NextSearch {
  next?: string;
}

/** Only paths of this app: a link must not send somebody elsewhere after signing in. */
function validNext(search: Record<string, unknown>): NextSearch {
  const next = search.next;
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {};
}

async function onlySignedOut({ search }: { search: NextSearch }): Promise<void> {
  const session = await queryClient.ensureQueryData(sessionQuery).catch(() => null);
  if (session) throw redirect({ to: search.next ?? '/projects' });
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: validNext,
  beforeLoad: onlySignedOut,
  component: lazyRouteComponent(() => import('../pages/sign-in-page.tsx'), 'SignInPage'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: validNext,
  beforeLoad: onlySignedOut,
  component: lazyRouteComponent(() => import('../pages/sign-up-page.tsx'), 'SignUpPage'),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!session)
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/projects' });
  },
});

const projects = createRoute({
  getParentRoute: () => app,
  path: '/projects',
  component: lazyRouteComponent(() => import('../pages/projects-page.tsx'), 'ProjectsPage'),
});

const members = createRoute({
  getParentRoute: () => app,
  path: '/members',
  component: lazyRouteComponent(() => import('../pages/members-page.tsx'), 'MembersPage'),
});

const importNew = createRoute({
  getParentRoute: () => app,
  path: '/import',
  component: lazyRouteComponent(() => import('../pages/import-page.tsx'), 'ImportPage'),
});

const project = createRoute({
  getParentRoute: () => app,
  path: '/p/$project',
  pendingComponent: BoardSkeleton,
  component: lazyRouteComponent(() => import('../pages/project-page.tsx'), 'ProjectPage'),
});

const board = createRoute({
  getParentRoute: () => project,
  id: 'board',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search.q === 'string' && search.q !== '' ? { q: search.q.slice(0, 200) } : {},
  component: lazyRouteComponent(() => import('../pages/board-page.tsx'), 'BoardPage'),
});

const boardOnly = createRoute({ getParentRoute: () => board, path: '/', component: () => null });

const task = createRoute({
  getParentRoute: () => board,
  path: 't/$task',
  component: lazyRouteComponent(() => import('../pages/task-page.tsx'), 'TaskPage'),
});

const projectMembers = createRoute({
  getParentRoute: () => project,
  path: 'members',
  component: lazyRouteComponent(() => import('../pages/project-members-page.tsx'), 'ProjectMembersPage'),
});

const projectImport = createRoute({
  getParentRoute: () => project,
  path: 'import',
  component: lazyRouteComponent(() => import('../pages/project-import-page.tsx'), 'ProjectImportPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    signUp,
    app.addChildren([
      home,
      projects,
      members,
      importNew,
      project.addChildren([board.addChildren([boardOnly, task]), projectMembers, projectImport]),
    ]),
  ]),
  context: {},
  defaultPreload: 'intent',
  defaultErrorComponent: ErrorScreen,
  defaultNotFoundComponent: NotFoundScreen,
  defaultPendingMs: 150,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
