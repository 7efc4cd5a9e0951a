import type { Session } from '@gantry/contracts/users';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import { sessionQuery } from '../../entities/session.ts';

/** Takes somebody who has just signed in to where they were going. */
export function useEnter(next: string | undefined): (session: Session) => void {
  const client = useQueryClient();
  const router = useRouter();
  return useCallback(
    (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      router.history.push(next ?? '/projects');
    },
    [client, router, next],
  );
}
