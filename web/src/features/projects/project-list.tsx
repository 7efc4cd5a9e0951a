import type { Project, ProjectStatus } from '@gantry/contracts/projects';
import { Link } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { ProjectMark } from '../../entities/project-mark.tsx';
import { ago, fullTime } from '../../lib/dates.ts';

const STATUS_TEXT: Record<ProjectStatus, string> = {
  planned: 'Planned',
  active: 'Active',
  paused: 'Paused',
  completed: 'Completed',
  archived: 'Archived',
};
const STATUS_COLOR: Record<ProjectStatus, string> = {
  planned: 'slate',
  active: 'green',
  paused: 'amber',
  completed: 'blue',
  archived: 'gray',
};

const GRID =
  'grid grid-cols-[minmax(0,1fr)_96px_110px_120px] phone:grid-cols-[minmax(0,1fr)_auto] items-center gap-4 px-4';

/** Projects as rows, each a link to its board. */
export function ProjectList({ projects }: { projects: readonly Project[] }) {
  return (
    <div className="pb-8">
      <div
        aria-hidden
        className={`${GRID} sticky top-0 z-1 h-8 border-line border-b bg-surface font-medium text-ink-3 text-xs`}
      >
        <span>Name</span>
        <span className="phone:hidden">Key</span>
        <span className="phone:hidden">Status</span>
        <span className="text-right phone:hidden">Updated</span>
      </div>
      <ul aria-label="Projects">
        {projects.map((project) => (
          <li key={project.id} className="border-line border-b">
            <Link
              to="/p/$project"
              params={{ project: project.key }}
              className={`${GRID} min-h-13 py-2 hover:bg-hover focus-visible:outline-offset-[-2px]`}
            >
              <span className="flex min-w-0 items-center gap-3">
                <ProjectMark projectKey={project.key} size={28} />
                <span className="min-w-0">
                  <span className="flex items-center gap-1.5">
                    <span className="truncate font-medium text-base text-ink" dir="auto">
                      {project.name}
                    </span>
                    {project.visibility === 'private' ? (
                      <Lock size={12} role="img" aria-label="Private" className="shrink-0 text-ink-3" />
                    ) : null}
                  </span>
                  {project.description ? (
                    <span className="block truncate text-ink-3 text-xs" dir="auto">
                      {project.description}
                    </span>
                  ) : null}
                </span>
              </span>
              <span className="tnum text-ink-2 text-xs phone:hidden">{project.key}</span>
              <span className="flex items-center gap-2 text-ink-2 text-xs">
                <span
                  aria-hidden
                  className="size-2 rounded-full"
                  style={{ background: `var(--c-${STATUS_COLOR[project.status]})` }}
                />
                {STATUS_TEXT[project.status]}
              </span>
              <time
                dateTime={project.updated_at}
                title={fullTime(project.updated_at)}
                className="tnum text-right text-ink-3 text-xs phone:hidden"
              >
                {ago(project.updated_at)}
              </time>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function ProjectListSkeleton() {
  return (
    <div role="status" aria-label="Loading projects">
      {[48, 64, 36, 56].map((width) => (
        <div key={width} className="flex h-13 items-center gap-3 border-line border-b px-4">
          <div className="skeleton size-7" />
          <div className="skeleton h-3.5" style={{ width: `${width / 2}%` }} />
        </div>
      ))}
    </div>
  );
}
