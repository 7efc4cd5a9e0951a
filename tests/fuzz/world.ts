import type { TestGantry, TestPerson } from '../setup/gantry.ts';
import type { Ids } from './values.ts';

/** People and things for requests to be about. */
export interface World {
  ids: Ids;
  /** Headers of: somebody who may, somebody else, nobody, and forgers. */
  credentials(): Record<string, string>[];
  /** Learns the ids in an answer, so that later requests meet what earlier ones made. */
  learn(text: string): void;
  /** Makes new people when the fuzz has signed these out. */
  refresh(): Promise<void>;
}

const KIND_OF: Record<string, string> = {
  user: 'user',
  ws: 'workspace',
  proj: 'project',
  task: 'task',
  status: 'status',
  label: 'label',
  comment: 'comment',
  att: 'attachment',
  import: 'import',
  batch: 'batch',
  chg: 'change',
  pm: 'project_member',
  wsm: 'membership',
  inv: 'invitation',
  key: 'api_key',
  sess: 'session',
};
const KEEP = 40;

interface Settled {
  person: TestPerson;
  project: string;
  token: string;
}

export async function aWorld(gantry: TestGantry): Promise<World> {
  const ids: Ids = new Map();
  const people: Settled[] = [];
  const learn = (text: string) => {
    for (const [id, prefix] of text.matchAll(/"([a-z]+)_[0-9a-hjkmnp-tv-z]{26}"/g)) {
      const kind = KIND_OF[prefix ?? ''];
      if (!kind) continue;
      const known = ids.get(kind) ?? [];
      ids.set(kind, known);
      if (!known.includes(id.slice(1, -1))) known.push(id.slice(1, -1));
      if (known.length > KEEP) known.splice(1 + Math.floor(Math.random() * (KEEP - 1)), 1);
    }
  };
  const settle = async (person: TestPerson) => {
    const project = await person.api.createProject({
      body: { name: 'Fuzz', workspace_id: person.workspace.id },
    } as never);
    learn(JSON.stringify([person.user, person.workspace, project]));
    const { id } = project as { id: string };
    for (const title of ['a', 'b', 'c']) {
      const answer = await person.fetch(`/api/v1/projects/${id}/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title }),
      });
      learn(await answer.text());
    }
    for (const path of [`/projects/${id}/statuses`, `/projects/${id}/labels`, `/projects/${id}/members`])
      learn(await (await person.fetch(`/api/v1${path}`)).text());
    return { person, project: id, token: await person.token() };
  };
  const isWell = async ({ person, project }: Settled) => {
    const answers = await Promise.all([
      person.fetch('/api/v1/me'),
      person.fetch(`/api/v1/projects/${project}`),
    ]);
    return answers.every((answer) => answer.status === 200);
  };
  const refresh = async () => {
    for (const [n, one] of [people[0], people[1]].entries()) {
      // A session may have been ended a moment ago by what was sent; then there is a new person.
      const token = one && (await isWell(one)) ? await one.person.token().catch(() => null) : null;
      if (one && token !== null) {
        people[n] = { ...one, token };
        continue;
      }
      if (n === 0) ids.clear();
      people[n] = await settle(await gantry.signUp());
    }
  };
  await refresh();
  const forged = (claims: object, header: object = { alg: 'none' }) =>
    `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
  return {
    ids,
    learn,
    refresh,
    credentials(): Record<string, string>[] {
      const [one, two] = people;
      if (!one || !two) return [{}];
      const origin = gantry.url;
      const claims = { sub: one.person.user.id, sid: 'x', exp: 9_999_999_999, iss: 'gantry', aud: 'gantry' };
      return [
        { cookie: one.person.cookie, origin },
        { cookie: two.person.cookie, origin },
        { authorization: `Bearer ${one.token}` },
        {},
        { cookie: one.person.cookie, origin: 'https://evil.example' },
        { authorization: `Bearer ${forged(claims)}` },
        { authorization: `Bearer ${forged(claims, { alg: 'EdDSA', kid: 'unknown' })}x` },
        { authorization: `Bearer ${one.token.slice(0, -4)}AAAA` },
        { authorization: 'Basic YTpi' },
        { authorization: `Bearer ${'x'.repeat(7_000)}` },
        { cookie: `${one.person.cookie}x` },
      ];
    },
  };
}
