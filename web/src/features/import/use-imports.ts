import { ApiProblem, cleanLine, uuidv7 } from '@gantry/contracts';
import type { ImportJob } from '@gantry/contracts/tasks';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../lib/client.ts';

const POLL_MS = 400;

export const importsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['imports', projectId],
    queryFn: async () =>
      (await api.listImports({ params: { project_id: projectId }, query: { limit: 20 } })).data,
    staleTime: 0,
  });

export function isOver(job: ImportJob): boolean {
  return job.state === 'done' || job.state === 'failed';
}

/** One import, asked after until it is over. */
export function useImport(projectId: string, importId: string | null) {
  return useQuery({
    queryKey: ['import', projectId, importId],
    queryFn: () => api.getImport({ params: { project_id: projectId, import_id: importId ?? '' } }),
    enabled: importId !== null,
    refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : POLL_MS),
    staleTime: 0,
  });
}

/** Sends the file: to be counted (dry run) or to be imported. */
export function useStartImport(projectId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, dryRun }: { file: File; dryRun: boolean }) => startImport(projectId, file, dryRun),
    onSuccess: (job) => {
      client.setQueryData(['import', projectId, job.id], job);
      return client.invalidateQueries({ queryKey: importsQuery(projectId).queryKey });
    },
  });
}

export function startImport(projectId: string, file: File, dryRun: boolean): Promise<ImportJob> {
  return api.createImport(
    {
      params: { project_id: projectId },
      query: { source: 'trello', dry_run: dryRun, file_name: fileName(file.name) },
    },
    { rawBody: file, idempotencyKey: uuidv7(), headers: { 'content-type': 'application/json' } },
  );
}

function fileName(name: string): string {
  return cleanLine(name).slice(0, 255) || 'board.json';
}

/** True if the server turned the file itself down, so that sending it again is of no use. */
export function isBadFile(error: unknown): boolean {
  return (
    error instanceof ApiProblem &&
    ['import_not_json', 'import_not_trello', 'body_too_large'].includes(error.code)
  );
}
