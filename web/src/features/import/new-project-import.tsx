import { ApiProblem } from '@gantry/contracts';
import type { Project } from '@gantry/contracts/projects';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FileJson } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { projectsQuery } from '../../entities/projects.ts';
import { useWorkspace } from '../../entities/session.ts';
import { boardNameIn } from '../../lib/board-file.ts';
import { api } from '../../lib/client.ts';
import { fieldErrors, formProblem } from '../../lib/problems.ts';
import { keyFromName } from '../../lib/project-key.ts';
import { Button } from '../../ui/button.tsx';
import { FormProblem, TextField } from '../../ui/field.tsx';
import { FileDrop } from './file-drop.tsx';
import { holdFile } from './held-files.ts';
import { megabytes } from './project-import.tsx';
import { startImport } from './use-imports.ts';

interface Chosen {
  file: File;
  name: string;
  key: string;
}

/** Makes a project named after the board in a file, and has the file counted for it. */
export function NewProjectImport({ onStarted }: { onStarted: (project: Project) => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const take = async (file: File) => {
    const name = (await boardNameIn(file)) ?? file.name.replace(/\.json$/i, '');
    setChosen({ file, name, key: keyFromName(name) });
  };
  if (!chosen) return <FileDrop onFile={(file) => void take(file)} />;
  return <NewProjectForm chosen={chosen} onChange={setChosen} onStarted={onStarted} />;
}

interface NewProjectFormProps {
  chosen: Chosen;
  onChange: (chosen: Chosen | null) => void;
  onStarted: (project: Project) => void;
}

function NewProjectForm({ chosen, onChange, onStarted }: NewProjectFormProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: async () => {
      const project = await api.createProject({
        body: {
          name: chosen.name.trim(),
          ...(chosen.key ? { key: chosen.key } : {}),
          ...(workspace ? { workspace_id: workspace.id } : {}),
        },
      });
      try {
        await startImport(project.id, chosen.file, true);
      } catch (error) {
        // A file that cannot be imported must not leave an empty project behind.
        if (error instanceof ApiProblem && error.status >= 400 && error.status < 500)
          await api.deleteProject({ params: { project_id: project.id } }).catch(() => undefined);
        throw error;
      }
      return project;
    },
    onSuccess: async (project) => {
      holdFile(project.id, chosen.file);
      await client.invalidateQueries({ queryKey: projectsQuery(project.workspace_id).queryKey });
      onStarted(project);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    check.mutate();
  };
  const errors = fieldErrors(check.error);
  const problem = formProblem(check.error, ['name', 'key']);
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <div className="flex items-center gap-3 rounded-xl border border-line bg-raised p-4 shadow-card">
        <FileJson size={20} strokeWidth={1.6} aria-hidden className="shrink-0 text-ink-3" />
        <p className="min-w-0 flex-1 truncate font-medium text-ink text-sm">{chosen.file.name}</p>
        <p className="tnum text-ink-3 text-xs">{megabytes(chosen.file.size)}</p>
        <Button size="sm" look="ghost" onClick={() => onChange(null)}>
          Change
        </Button>
      </div>
      {problem ? <FormProblem>{problem}</FormProblem> : null}
      <div className="flex items-start gap-3">
        <TextField
          label="New project"
          value={chosen.name}
          maxLength={120}
          onChange={(event) => onChange({ ...chosen, name: event.target.value })}
          error={errors.name}
          className="min-w-0 flex-1"
        />
        <TextField
          label="Key"
          value={chosen.key}
          maxLength={10}
          spellCheck={false}
          placeholder="Automatic"
          onChange={(event) =>
            onChange({ ...chosen, key: event.target.value.toUpperCase().replace(/[^A-Z0-9]/g, '') })
          }
          error={errors.key}
          className="w-28"
        />
      </div>
      <div className="flex items-center justify-between gap-4">
        <p className="text-ink-3 text-sm">Next: a dry run. It counts everything and imports nothing.</p>
        <Button look="primary" type="submit" busy={check.isPending} disabled={!chosen.name.trim()}>
          {check.isPending ? 'Reading the file…' : 'Start dry run'}
        </Button>
      </div>
    </form>
  );
}
