import { VISIBILITIES, type Visibility } from '@gantry/contracts';
import type { Project } from '@gantry/contracts/projects';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import clsx from 'clsx';
import { Globe, Lock } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { ProjectMark } from '../../entities/project-mark.tsx';
import { projectsQuery } from '../../entities/projects.ts';
import { useWorkspace } from '../../entities/session.ts';
import { api } from '../../lib/client.ts';
import { fieldErrors, formProblem } from '../../lib/problems.ts';
import { keyFromName } from '../../lib/project-key.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { FormProblem, TextField } from '../../ui/field.tsx';

const VISIBILITY_TEXT: Record<Visibility, { title: string; detail: string }> = {
  workspace: { title: 'Workspace', detail: 'Every member sees it and can work in it.' },
  private: { title: 'Private', detail: 'Only the people you add.' },
};

interface CreateProjectDialogProps {
  open: boolean;
  onClose: () => void;
  onCreated: (project: Project) => void;
}

export function CreateProjectDialog({ open, onClose, onCreated }: CreateProjectDialogProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [ownKey, setOwnKey] = useState<string | null>(null);
  const [visibility, setVisibility] = useState<Visibility>('workspace');
  const first = useRef<HTMLInputElement>(null);
  const key = ownKey ?? keyFromName(name);
  const create = useMutation({
    mutationFn: () =>
      api.createProject({
        body: {
          name: name.trim(),
          visibility,
          ...(key ? { key } : {}),
          ...(workspace ? { workspace_id: workspace.id } : {}),
        },
      }),
    onSuccess: async (project) => {
      await client.invalidateQueries({ queryKey: projectsQuery(project.workspace_id).queryKey });
      setName('');
      setOwnKey(null);
      onCreated(project);
    },
  });
  const errors = fieldErrors(create.error);
  const problem = formProblem(create.error, ['name', 'key']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      initialFocus={first}
      title="Create project"
      description="It starts with six statuses; you can change them later."
    >
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        {problem ? <FormProblem>{problem}</FormProblem> : null}
        <div className="flex items-start gap-3">
          <TextField
            ref={first}
            label="Name"
            value={name}
            maxLength={120}
            placeholder="Website relaunch"
            onChange={(event) => setName(event.target.value)}
            error={errors.name}
            className="min-w-0 flex-1"
          />
          <TextField
            label="Key"
            value={key}
            maxLength={10}
            spellCheck={false}
            placeholder="WEB"
            onChange={(event) => setOwnKey(event.target.value.toUpperCase().replace(/[^A-Z0-9]/g, ''))}
            error={errors.key}
            className="w-28"
          />
        </div>
        <p className="-mt-2 flex items-center gap-2 text-ink-3 text-xs">
          <ProjectMark projectKey={key || 'KE'} size={16} />
          Tasks will be called {key || 'KEY'}-1, {key || 'KEY'}-2 …
        </p>
        <fieldset>
          <legend className="mb-1 font-medium text-ink-2 text-xs">Who can see it</legend>
          <div className="grid grid-cols-2 gap-2 phone:grid-cols-1">
            {VISIBILITIES.map((value) => {
              const Icon = value === 'private' ? Lock : Globe;
              return (
                <label
                  key={value}
                  className={clsx(
                    'flex gap-2.5 rounded-lg border p-2.5 has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-(--focus)',
                    visibility === value ? 'border-accent bg-accent-soft' : 'border-control hover:bg-hover',
                  )}
                >
                  <input
                    type="radio"
                    name="visibility"
                    value={value}
                    checked={visibility === value}
                    onChange={() => setVisibility(value)}
                    className="sr-only"
                  />
                  <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-ink-2" />
                  <span>
                    <span className="block font-medium text-ink text-sm">{VISIBILITY_TEXT[value].title}</span>
                    <span className="block text-ink-2 text-xs">{VISIBILITY_TEXT[value].detail}</span>
                  </span>
                </label>
              );
            })}
          </div>
        </fieldset>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" busy={create.isPending} disabled={!name.trim()}>
            Create project
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
