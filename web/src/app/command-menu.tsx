import { Dialog } from '@base-ui/react/dialog';
import { workspaceAllows } from '@gantry/contracts';
import { useNavigate, useParams } from '@tanstack/react-router';
import {
  CirclePlus,
  FolderPlus,
  Import,
  Keyboard,
  LogOut,
  Monitor,
  Moon,
  PanelLeft,
  Sun,
  Users,
} from 'lucide-react';
import { useState } from 'react';
import { ProjectMark } from '../entities/project-mark.tsx';
import { useProjects } from '../entities/projects.ts';
import { useSignOut, useWorkspace } from '../entities/session.ts';
import { StatusIcon } from '../entities/status-icon.tsx';
import { runCommand, useCommand, useOffered } from '../lib/commands.ts';
import { toggleSidebar } from '../lib/sidebar.ts';
import { setTheme } from '../lib/theme.ts';
import { useLive } from '../sync/live.ts';
import { OptionList, type PickerOption } from '../ui/picker.tsx';

interface Command extends PickerOption {
  run: () => void;
}

const MOST_TASKS = 12;

/** Cmd/Ctrl+K: everything one can reach, by name. */
export function CommandMenu() {
  const [open, setOpen] = useState(false);
  useCommand('command-menu', () => setOpen((was) => !was));
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop-motion fixed inset-0 z-40 bg-backdrop" />
        <Dialog.Popup
          aria-label="Commands"
          className="dialog-motion pop fixed inset-x-0 top-[14vh] z-50 mx-auto flex max-h-[min(440px,64vh)] w-[min(600px,calc(100vw-24px))] flex-col overflow-hidden rounded-xl! shadow-dialog! outline-none phone:top-3"
        >
          <Commands onDone={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Commands({ onDone }: { onDone: () => void }) {
  const commands = useCommands();
  const tasks = useTaskSearch();
  const match = (query: string): Command[] => {
    const needle = query.toLowerCase();
    const found = commands.filter((c) => `${c.label} ${c.words ?? ''}`.toLowerCase().includes(needle));
    return needle.length < 2 ? found : [...tasks(needle), ...found];
  };
  let last: Command[] = [];
  return (
    <OptionList
      label="Search tasks, projects and commands"
      options={(query) => {
        last = match(query);
        return last;
      }}
      selected={[]}
      onPick={(value) => {
        onDone();
        last.find((command) => command.value === value)?.run();
      }}
      className="min-h-0 [&_input]:h-12 [&_input]:text-base"
    />
  );
}

function useCommands(): Command[] {
  const navigate = useNavigate();
  const { data: projects = [] } = useProjects();
  const workspace = useWorkspace();
  const signOut = useSignOut();
  const canCreateTask = useOffered('task.create');
  const mayCreateProject = workspaceAllows(workspace?.role ?? null, 'project.create');
  const icon = { size: 15, 'aria-hidden': true, className: 'text-ink-3' } as const;
  return [
    ...(canCreateTask
      ? [
          {
            value: 'task',
            label: 'Create task',
            hint: 'C',
            icon: <CirclePlus {...icon} />,
            run: () => runCommand('task.create'),
          },
        ]
      : []),
    ...projects.map((project) => ({
      value: project.id,
      label: project.name,
      words: `go to project ${project.key}`,
      hint: project.key,
      icon: <ProjectMark projectKey={project.key} size={17} />,
      run: () => void navigate({ to: '/p/$project', params: { project: project.key } }),
    })),
    ...(mayCreateProject
      ? [
          {
            value: 'project',
            label: 'Create project',
            words: 'new',
            icon: <FolderPlus {...icon} />,
            run: () => runCommand('project.create'),
          },
          {
            value: 'import',
            label: 'Import from Trello',
            words: 'file json',
            icon: <Import {...icon} />,
            run: () => void navigate({ to: '/import' }),
          },
        ]
      : []),
    {
      value: 'members',
      label: 'Members',
      words: 'people roles',
      icon: <Users {...icon} />,
      run: () => void navigate({ to: '/members' }),
    },
    { value: 'light', label: 'Light theme', icon: <Sun {...icon} />, run: () => setTheme('light') },
    { value: 'dark', label: 'Dark theme', icon: <Moon {...icon} />, run: () => setTheme('dark') },
    { value: 'system', label: 'System theme', icon: <Monitor {...icon} />, run: () => setTheme('system') },
    {
      value: 'sidebar',
      label: 'Show or hide the sidebar',
      hint: '[',
      icon: <PanelLeft {...icon} />,
      run: toggleSidebar,
    },
    {
      value: 'keys',
      label: 'Keyboard shortcuts',
      hint: '?',
      icon: <Keyboard {...icon} />,
      run: () => runCommand('shortcuts'),
    },
    { value: 'out', label: 'Sign out', words: 'log', icon: <LogOut {...icon} />, run: () => void signOut() },
  ];
}

/** Finds tasks of the open project by key or title. */
function useTaskSearch(): (needle: string) => Command[] {
  const navigate = useNavigate();
  const live = useLive();
  const { project: here } = useParams({ strict: false });
  const { data: projects = [] } = useProjects();
  const project = projects.find((p) => p.key === here || p.id === here);
  if (!project) return () => [];
  return (needle) => {
    const { view } = live.project(project);
    const found: Command[] = [];
    for (const task of view.tasks.values()) {
      if (!`${task.key} ${task.title}`.toLowerCase().includes(needle)) continue;
      const status = view.statuses.get(task.status_id);
      found.push({
        value: task.id,
        label: task.title,
        hint: task.key,
        icon: status ? <StatusIcon category={status.category} color={status.color} /> : null,
        run: () =>
          void navigate({ to: '/p/$project/t/$task', params: { project: project.key, task: task.key } }),
      });
      if (found.length >= MOST_TASKS) break;
    }
    return found;
  };
}
