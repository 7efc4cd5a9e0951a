/** A signed-in browser, as far as the API sees one. */
export interface Browser {
  url: string;
  cookie: string;
  headers: Record<string, string>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

interface SessionAnswer {
  user: { id: string };
  workspaces: { id: string }[];
}

/** Signs a new person up at a running platform. */
export async function signUp(
  url: string,
): Promise<{ browser: Browser; userId: string; workspaceId: string }> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  const answer = await fetch(`${url}/api/v1/auth/sign-up`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      email: `bench-${Date.now()}@example.org`,
      password: 'correct horse battery',
      first_name: 'Bench',
    }),
  });
  const session = (await parsed(answer)) as SessionAnswer;
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const workspaceId = session.workspaces[0]?.id;
  if (workspaceId === undefined) throw new Error('sign-up made no workspace');
  return { browser: browserAt(url, cookie), userId: session.user.id, workspaceId };
}

export function browserAt(url: string, cookie: string): Browser {
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  return {
    url,
    cookie,
    headers,
    get: async <T>(path: string) => (await parsed(await fetch(`${url}/api/v1${path}`, { headers }))) as T,
    post: async <T>(path: string, body: unknown) =>
      (await parsed(
        await fetch(`${url}/api/v1${path}`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      )) as T,
  };
}

async function parsed(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
