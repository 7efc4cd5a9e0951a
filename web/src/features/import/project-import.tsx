import type { Project } from '@gantry/contracts/projects';
import type { ImportJob } from '@gantry/contracts/tasks';
import { useQuery } from '@tanstack/react-query';
import { FileJson } from 'lucide-react';
import { useState } from 'react';
import { ago } from '../../lib/dates.ts';
import { sentence } from '../../lib/problems.ts';
import { Button } from '../../ui/button.tsx';
import { FormProblem } from '../../ui/field.tsx';
import { FileDrop } from './file-drop.tsx';
import { heldFile, holdFile } from './held-files.ts';
import { ImportProgress } from './import-progress.tsx';
import { ImportReport } from './ledger-report.tsx';
import { importsQuery, isOver, useImport, useStartImport } from './use-imports.ts';

/** Import into one project: file, dry run, report, for real, report. Shows the latest one when come back to. */
export function ProjectImport({ project, onOpenBoard }: { project: Project; onOpenBoard: () => void }) {
  const [file, setFile] = useState<File | null>(() => heldFile(project.id));
  const [chosen, setChosen] = useState<string | null | 'none'>(null);
  const { data: jobs, error: listError } = useQuery(importsQuery(project.id));
  const start = useStartImport(project.id);
  const latest = jobs?.[0]?.id ?? null;
  const { data: job } = useImport(project.id, chosen === 'none' ? null : (chosen ?? latest));

  const run = (next: File, dryRun: boolean) => {
    holdFile(project.id, next);
    setFile(next);
    start.mutate({ file: next, dryRun }, { onSuccess: (started) => setChosen(started.id) });
  };
  const restart = () => {
    holdFile(project.id, null);
    setFile(null);
    setChosen('none');
    start.reset();
  };

  if (start.isPending) return <Sending file={start.variables.file} />;
  if (start.error)
    return (
      <div className="flex flex-col gap-4">
        <FormProblem>{sentence(start.error)}</FormProblem>
        <div className="flex gap-2">
          <Button
            look="primary"
            onClick={() => start.variables && run(start.variables.file, start.variables.dryRun)}
          >
            Try again
          </Button>
          <Button onClick={restart}>Choose another file</Button>
        </div>
      </div>
    );
  if (!job) {
    if (jobs === undefined && !listError && chosen === null) return <div className="skeleton h-56" />;
    if (latest && chosen === null) return <div className="skeleton h-56" />;
    return <FileDrop onFile={(next) => run(next, true)} />;
  }
  if (!isOver(job)) return <ImportProgress job={job} />;
  return (
    <JobEnd
      job={job}
      file={file}
      onImport={(next) => run(next, false)}
      onRestart={restart}
      onOpenBoard={onOpenBoard}
    />
  );
}

function Sending({ file }: { file: File }) {
  return (
    <section
      role="status"
      className="flex items-center gap-3 rounded-xl border border-line bg-raised p-5 shadow-card"
    >
      <FileJson size={20} aria-hidden className="text-ink-3" />
      <p className="min-w-0 flex-1 truncate text-ink text-sm">Sending {file.name}…</p>
      <p className="tnum text-ink-3 text-xs">{megabytes(file.size)}</p>
    </section>
  );
}

interface JobEndProps {
  job: ImportJob;
  file: File | null;
  onImport: (file: File) => void;
  onRestart: () => void;
  onOpenBoard: () => void;
}

function JobEnd({ job, file, onImport, onRestart, onOpenBoard }: JobEndProps) {
  if (job.state === 'failed')
    return (
      <div className="flex flex-col gap-4">
        <FormProblem>{job.error ?? 'The import failed. Nothing was imported.'}</FormProblem>
        <div className="flex gap-2">
          {file ? (
            <Button look="primary" onClick={() => onImport(file)}>
              Try again
            </Button>
          ) : null}
          <Button onClick={onRestart}>Choose another file</Button>
        </div>
      </div>
    );
  return (
    <div className="flex flex-col gap-6">
      <header className="flex flex-wrap items-center gap-3">
        <div className="min-w-0 flex-1 phone:basis-full">
          <h2 className="font-semibold text-ink text-lg">
            {job.dry_run ? 'This is what will come' : 'Imported'}
          </h2>
          <p className="truncate text-ink-2 text-sm">
            {job.file_name ?? 'Trello board'} · {ago(job.finished_at ?? job.created_at)}
            {job.dry_run ? ' · nothing is written yet' : ''}
          </p>
        </div>
        {job.dry_run ? (
          <>
            <Button onClick={onRestart}>Choose another file</Button>
            {file ? (
              <Button look="primary" onClick={() => onImport(file)}>
                Import for real
              </Button>
            ) : null}
          </>
        ) : (
          <>
            <Button onClick={onRestart}>Import another board</Button>
            <Button look="primary" onClick={onOpenBoard}>
              Open the board
            </Button>
          </>
        )}
      </header>
      {job.dry_run && !file ? (
        <p className="rounded-lg bg-warning-soft px-3 py-2 text-sm text-warning">
          The page was reloaded since. Choose the file again to import it.
        </p>
      ) : null}
      <ImportReport job={job} />
    </div>
  );
}

export function megabytes(bytes: number): string {
  return bytes < 1_000_000
    ? `${Math.max(1, Math.round(bytes / 1000))} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
