import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

/** The way back to a project's board, as the first part of a title. */
export function BackToProject({ projectKey, children }: { projectKey: string; children: ReactNode }) {
  return (
    <>
      <Link
        to="/p/$project"
        params={{ project: projectKey }}
        className="-ml-1 flex min-w-0 items-center gap-2 rounded-md px-1 py-0.5 text-base text-ink-2 hover:bg-hover hover:text-ink"
      >
        {children}
      </Link>
      <ChevronRight size={14} aria-hidden className="shrink-0 text-ink-3" />
    </>
  );
}
