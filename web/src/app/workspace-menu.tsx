import { useNavigate } from '@tanstack/react-router';
import { ChevronsUpDown, Plus } from 'lucide-react';
import { useState } from 'react';
import { chooseWorkspace, useSession, useWorkspace } from '../entities/session.ts';
import { initialsOf } from '../entities/user-avatar.tsx';
import { CreateWorkspaceDialog } from '../features/workspace/create-workspace-dialog.tsx';
import { Menu, MenuChoices, MenuItem, MenuLine } from '../ui/menu.tsx';

export function WorkspaceMenu() {
  const { workspaces } = useSession();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const name = workspace?.name ?? 'No workspace';
  return (
    <>
      <Menu
        width="min-w-56"
        trigger={
          <button
            type="button"
            className="flex h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-1.5 hover:bg-hover data-[popup-open]:bg-selected touch:h-11"
          >
            <span
              aria-hidden
              data-initials={initialsOf(name).slice(0, 1)}
              className="flex size-5.5 shrink-0 items-center justify-center rounded-md bg-accent font-bold text-2xs text-on-accent before:content-[attr(data-initials)]"
            />
            <span className="sr-only">Workspace</span>
            <span className="min-w-0 flex-1 truncate text-left font-semibold text-ink text-sm" dir="auto">
              {name}
            </span>
            <ChevronsUpDown size={13} aria-hidden className="shrink-0 text-ink-3" />
          </button>
        }
      >
        <MenuChoices
          label="Workspaces"
          value={workspace?.id ?? ''}
          onChange={(id) => {
            chooseWorkspace(id);
            if (location.pathname.startsWith('/p/')) void navigate({ to: '/projects' });
          }}
          choices={workspaces.map((w) => ({ value: w.id, label: w.name }))}
        />
        <MenuLine />
        <MenuItem icon={<Plus size={14} aria-hidden />} onClick={() => setCreating(true)}>
          Create workspace…
        </MenuItem>
      </Menu>
      <CreateWorkspaceDialog open={creating} onClose={() => setCreating(false)} />
    </>
  );
}
