import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis, Import, ListFilter, Users, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useMay, useProject } from '../../entities/project-context.tsx';
import { ProjectMark } from '../../entities/project-mark.tsx';
import { useSession } from '../../entities/session.ts';
import { AvatarStack } from '../../entities/user-avatar.tsx';
import { useCommand } from '../../lib/commands.ts';
import { usePresence, useProjectStore, useSync } from '../../sync/react.ts';
import { IconButton } from '../../ui/button.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import { PageHeader, PageTitle } from '../../ui/page-header.tsx';

export function BoardHeader({ query, onFilter }: { query: string; onFilter: (text: string) => void }) {
  const project = useProject();
  const navigate = useNavigate();
  const mayImport = useMay('import.run');
  return (
    <PageHeader
      title={
        <>
          <ProjectMark projectKey={project.key} size={20} />
          <PageTitle>
            <span dir="auto">{project.name}</span>
          </PageTitle>
          <WaitingNote />
        </>
      }
    >
      <PeopleHere />
      <FilterField query={query} onFilter={onFilter} />
      <Link
        to="/p/$project/members"
        params={{ project: project.key }}
        aria-label="Project members"
        title="Project members"
        className="inline-flex size-7 items-center justify-center rounded-md text-ink-3 hover:bg-hover hover:text-ink phone:hidden"
      >
        <Users size={15} aria-hidden />
      </Link>
      <Menu
        align="end"
        trigger={
          <IconButton label="Project actions" tip={false}>
            <Ellipsis size={16} aria-hidden />
          </IconButton>
        }
      >
        <MenuItem
          icon={<Users size={14} aria-hidden />}
          onClick={() => void navigate({ to: '/p/$project/members', params: { project: project.key } })}
        >
          Members
        </MenuItem>
        {mayImport ? (
          <MenuItem
            icon={<Import size={14} aria-hidden />}
            onClick={() => void navigate({ to: '/p/$project/import', params: { project: project.key } })}
          >
            Import from Trello
          </MenuItem>
        ) : null}
      </Menu>
    </PageHeader>
  );
}

/** Who else looks at this project now. */
function PeopleHere() {
  const { user } = useSession();
  const people = usePresence();
  const others = [
    ...new Map(people.filter((p) => p.user_id !== user.id).map((p) => [p.user_id, p])).values(),
  ];
  if (others.length === 0) return null;
  return (
    <section
      aria-label={`Here now: ${others.map((p) => p.name).join(', ')}`}
      className="mr-1 flex items-center"
    >
      <AvatarStack people={others.map((p) => ({ seed: p.user_id, name: p.name }))} size={22} most={4} />
    </section>
  );
}

/** Counts what has not reached the server yet; silent for what is merely on its way. */
function WaitingNote() {
  const { waiting, trouble } = useSync();
  const store = useProjectStore();
  if (waiting === 0 || !trouble) return null;
  const signedOut = trouble.status === 401;
  return (
    <button
      type="button"
      onClick={() => (signedOut ? location.assign('/sign-in') : store.retryNow())}
      title={trouble.problem.detail}
      className="tnum shrink-0 rounded-full bg-warning-soft px-2 py-0.5 font-medium text-warning text-xs"
    >
      <span role="status">
        {waiting} {waiting === 1 ? 'change' : 'changes'} waiting
      </span>
      <span className="phone:hidden">{signedOut ? ' · Sign in' : ' · Retry'}</span>
    </button>
  );
}

function FilterField({ query, onFilter }: { query: string; onFilter: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  useCommand('filter.focus', () => input.current?.focus());
  // The address may change under us (Back, a link); while somebody types, what is typed counts.
  useEffect(() => {
    if (document.activeElement !== input.current) setText(query);
  }, [query]);
  const change = (next: string) => {
    setText(next);
    onFilter(next);
  };
  return (
    <search className="relative flex items-center">
      <ListFilter size={14} aria-hidden className="pointer-events-none absolute left-2 text-ink-3" />
      <input
        ref={input}
        type="text"
        aria-label="Filter tasks"
        placeholder="Filter"
        autoComplete="off"
        spellCheck={false}
        value={text}
        maxLength={200}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          change('');
          input.current?.blur();
        }}
        className="field h-7 w-44 pr-7 pl-7 text-sm touch:h-10 phone:w-26 phone:focus:w-44"
      />
      {text ? (
        <button
          type="button"
          aria-label="Clear filter"
          onClick={() => change('')}
          className="absolute right-1 inline-flex size-5 items-center justify-center rounded text-ink-3 hover:text-ink touch:size-8"
        >
          <X size={13} aria-hidden />
        </button>
      ) : null}
    </search>
  );
}
