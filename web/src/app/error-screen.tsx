import { ApiProblem } from '@gantry/contracts';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { sentence } from '../lib/problems.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';

export function ErrorScreen({ error, reset }: ErrorComponentProps) {
  const unreachable = error instanceof ApiProblem && error.status === 0;
  return (
    <main className="flex h-full items-center justify-center overflow-auto bg-surface">
      <EmptyState
        page
        title={unreachable ? 'The server cannot be reached' : 'This page broke'}
        actions={
          <>
            <Button look="primary" onClick={() => (unreachable ? location.reload() : reset())}>
              Try again
            </Button>
            <Button onClick={() => location.assign('/projects')}>Go to projects</Button>
          </>
        }
      >
        <p>{sentence(error)}</p>
        {error instanceof ApiProblem && error.problem.request_id ? (
          <p className="mt-2 text-ink-3 text-xs">Request {error.problem.request_id}</p>
        ) : null}
      </EmptyState>
    </main>
  );
}

export function NotFoundScreen() {
  return (
    <main className="flex h-full items-center justify-center bg-surface">
      <EmptyState
        page
        title="There is nothing at this address"
        actions={
          <Link to="/projects" className="font-medium text-accent-text text-sm underline underline-offset-2">
            Go to projects
          </Link>
        }
      >
        It may have been moved or deleted, or you may not see it with this account.
      </EmptyState>
    </main>
  );
}
