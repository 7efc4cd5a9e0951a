import { Link } from '@tanstack/react-router';
import { Import, Plus } from 'lucide-react';
import { BrandMark } from '../../entities/brand.tsx';
import { Button } from '../../ui/button.tsx';

/** The first screen of a new workspace: two ways to begin. */
export function FirstProject({ onCreate }: { onCreate: () => void }) {
  return (
    <div className="mx-auto flex w-full max-w-170 flex-col px-6 py-14 phone:py-8">
      <BrandMark size={36} className="text-ink" />
      <h2 className="mt-6 font-semibold text-ink text-xl tracking-[-0.01em]">Start your first project</h2>
      <p className="mt-1.5 max-w-120 text-base text-ink-2">
        A project is a board with its own statuses, labels and people. Begin with an empty one, or bring a
        board you have.
      </p>
      <div className="mt-7 grid grid-cols-2 gap-3 phone:grid-cols-1">
        <section className="flex flex-col rounded-xl border border-line bg-raised p-5 shadow-card">
          <Plus size={18} aria-hidden className="text-accent-text" />
          <h3 className="mt-3 font-semibold text-base text-ink">An empty board</h3>
          <p className="mt-1 mb-4 text-ink-2 text-sm">
            Six statuses from backlog to done, ready for the first task.
          </p>
          <Button look="primary" className="mt-auto self-start" onClick={onCreate}>
            Create project
          </Button>
        </section>
        <section className="flex flex-col rounded-xl border border-line bg-raised p-5 shadow-card">
          <Import size={18} aria-hidden className="text-accent-text" />
          <h3 className="mt-3 font-semibold text-base text-ink">A board from Trello</h3>
          <p className="mt-1 mb-4 text-ink-2 text-sm">
            Cards, checklists, comments and history. A dry run shows what will come, and what will not, before
            anything is written.
          </p>
          <Link
            to="/import"
            className="mt-auto inline-flex h-8 items-center self-start rounded-md border border-control bg-raised px-3 font-medium text-ink text-sm hover:bg-hover touch:h-11"
          >
            Import from Trello
          </Link>
        </section>
      </div>
    </div>
  );
}
