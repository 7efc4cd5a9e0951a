import { workspaceAllows } from '@gantry/contracts';
import type { Project } from '@gantry/contracts/projects';
import { Link } from '@tanstack/react-router';
import clsx from 'clsx';
import { FolderKanban, Import, PanelLeft, Plus, Search, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { ProjectMark } from '../entities/project-mark.tsx';
import { useProjects } from '../entities/projects.ts';
import { useWorkspace } from '../entities/session.ts';
import { runCommand } from '../lib/commands.ts';
import { setDrawer, toggleSidebar } from '../lib/sidebar.ts';
import { useLiveStatus } from '../sync/live.ts';
import { IconButton } from '../ui/button.tsx';
import { Keys } from '../ui/keys.tsx';
import { UserMenu } from './user-menu.tsx';
import { WorkspaceMenu } from './workspace-menu.tsx';

const ROW =
  'flex h-7.5 touch:h-11 w-full items-center gap-2.5 rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink';
const ROW_HERE = 'bg-selected! text-ink! font-medium';

/** Where one can go. */
export function Sidebar({ className, drawer }: { className?: string; drawer?: boolean }) {
  const workspace = useWorkspace();
  const { data: projects } = useProjects();
  const mayCreate = workspaceAllows(workspace?.role ?? null, 'project.create');
  return (
    <nav aria-label="Main" className={clsx('flex h-full shrink-0 flex-col bg-canvas', className)}>
      <div className="flex h-12 shrink-0 items-center gap-1 px-2 pt-1">
        <WorkspaceMenu />
        {drawer ? null : (
          <IconButton label="Hide sidebar" keys="[" onClick={toggleSidebar}>
            <PanelLeft size={16} aria-hidden />
          </IconButton>
        )}
      </div>
      <div className="flex flex-col gap-px px-2 pt-1">
        <button
          type="button"
          onClick={() => {
            setDrawer(false);
            runCommand('command-menu');
          }}
          className={ROW}
        >
          <Search size={15} aria-hidden className="text-ink-3" />
          <span className="flex-1 text-left">Search</span>
          <Keys keys="Mod+K" className="touch:hidden" />
        </button>
        <NavRow to="/projects" icon={<FolderKanban size={15} aria-hidden />} exact>
          Projects
        </NavRow>
        <NavRow to="/members" icon={<Users size={15} aria-hidden />}>
          Members
        </NavRow>
        {mayCreate ? (
          <NavRow to="/import" icon={<Import size={15} aria-hidden />}>
            Import
          </NavRow>
        ) : null}
      </div>
      <div className="mt-5 flex items-center justify-between pr-2 pl-4">
        <h2 className="font-medium text-ink-3 text-xs">Your projects</h2>
        {mayCreate ? (
          <IconButton size="sm" label="Create project" onClick={() => runCommand('project.create')}>
            <Plus size={14} aria-hidden />
          </IconButton>
        ) : null}
      </div>
      <ul className="min-h-0 flex-1 overflow-y-auto px-2 pt-1 pb-2">
        {(projects ?? []).map((project) => (
          <li key={project.id}>
            <ProjectRow project={project} />
          </li>
        ))}
        {projects ? null : <RowSkeletons />}
        {projects?.length === 0 ? <li className="px-2 py-1 text-ink-3 text-sm">None yet.</li> : null}
      </ul>
      <ConnectionNote />
      <div className="border-line border-t p-2">
        <UserMenu />
      </div>
    </nav>
  );
}

function NavRow(props: {
  to: '/projects' | '/members' | '/import';
  icon: ReactNode;
  children: ReactNode;
  exact?: boolean;
}) {
  return (
    <Link
      to={props.to}
      onClick={() => setDrawer(false)}
      activeOptions={{ exact: props.exact ?? false }}
      className={ROW}
      activeProps={{ className: ROW_HERE }}
    >
      <span className="text-ink-3">{props.icon}</span>
      {props.children}
    </Link>
  );
}

function ProjectRow({ project }: { project: Project }) {
  return (
    <Link
      to="/p/$project"
      params={{ project: project.key }}
      onClick={() => setDrawer(false)}
      className={clsx(ROW, project.status === 'archived' && 'opacity-70')}
      activeProps={{ className: ROW_HERE }}
    >
      <ProjectMark projectKey={project.key} />
      <span className="min-w-0 flex-1 truncate">
        <bdi>{project.name}</bdi>
      </span>
    </Link>
  );
}

function RowSkeletons() {
  return [60, 80, 45].map((width) => (
    <li key={width} aria-hidden className="flex h-7.5 items-center gap-2.5 px-2">
      <div className="skeleton size-4.5" />
      <div className="skeleton h-3" style={{ width: `${width}%` }} />
    </li>
  ));
}

/** Says so when the live line is down; nothing otherwise. */
function ConnectionNote() {
  const status = useLiveStatus();
  if (status !== 'waiting') return null;
  return (
    <p
      role="status"
      className="mx-2 mb-2 flex items-center gap-2 rounded-md bg-warning-soft px-2 py-1.5 text-warning text-xs"
    >
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      Reconnecting. You can keep working.
    </p>
  );
}
