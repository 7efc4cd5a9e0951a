import { ApiProblem } from '@gantry/contracts';
import { QueryClient } from '@tanstack/react-query';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) =>
        failures < 3 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: true,
      staleTime: 15_000,
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
