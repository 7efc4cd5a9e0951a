import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../lib/client.ts';

/** Everybody who can see a project. */
export const peopleQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['people', projectId],
    queryFn: async () => (await api.listAssignable({ params: { project_id: projectId } })).data,
    staleTime: 60_000,
  });

export interface PersonFace {
  id: string;
  name: string;
}

const NOBODY: ReadonlyMap<string, PersonFace> = new Map();

/** Names by id of those who can see a project. */
export function usePeople(projectId: string): ReadonlyMap<string, PersonFace> {
  const { data } = useQuery(peopleQuery(projectId));
  return useMemo(
    () => (data ? new Map(data.map((p) => [p.id, { id: p.id, name: p.name }])) : NOBODY),
    [data],
  );
}

/** A name for an id; somebody who has left keeps their place, without a name. */
export function nameOf(people: ReadonlyMap<string, PersonFace>, id: string): string {
  return people.get(id)?.name ?? 'Former member';
}
