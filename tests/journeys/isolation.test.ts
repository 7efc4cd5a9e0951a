import { type IdKind, type RouteContract, routeUrl } from '@gantry/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACTS } from '../../services/gateway/contracts.ts';
import { type Shape, startTestGantry, type TestGantry, type TestPerson } from '../setup/gantry.ts';
import { say } from '../setup/say.ts';
import { readSnapshot } from './live-copy.ts';
import { type Ids, idKindOf, type Schema, sampleObject } from './sample.ts';

/** Generated from the contracts: a route that is added is tried here without anybody thinking of it. */
const ROUTES = CONTRACTS.flatMap((contract) => Object.values(contract.routes) as RouteContract[]).filter(
  (route) => (route.auth ?? 'user') === 'user',
);
/** In every text of the foreign workspace, and in no answer to an outsider. */
const MARK = 'kept-to-ourselves';
const REFUSED = [403, 404, 422];

interface Attempt {
  name: string;
  route: RouteContract;
  ids: Ids;
  /** Body or query field that gets a foreign id, and that id. */
  foreign?: { in: 'body' | 'query'; field: string; id: string };
  allowed: number[];
}

describe.each<Shape>(['together', 'apart'])('every route, services %s', (shape) => {
  let gantry: TestGantry;
  let ada: TestPerson;
  let eve: TestPerson;
  let theirs: Ids;
  let sibling: Ids;
  let own: Ids;
  beforeAll(async () => {
    gantry = await startTestGantry({ shape });
    ada = await gantry.signUp({ workspace_name: `${MARK} company` });
    const ben = await gantry.signUp({ last_name: MARK });
    await gantry.addToWorkspace(ada, ben, 'member');
    theirs = await aWorld(ada, ben.user.id, ada.workspace.id);
    theirs.import = await anImport(ada, theirs);
    sibling = await aWorld(ada, ben.user.id, ada.workspace.id);
    eve = await gantry.signUp();
    const fay = await gantry.signUp();
    await gantry.addToWorkspace(eve, fay, 'member');
    own = await aWorld(eve, fay.user.id, eve.workspace.id, 'plain');
  });
  afterAll(() => gantry?.stop());

  test('refuses an outsider with foreign ids, foreign parents and foreign ids in bodies and queries', async () => {
    const before = await readSnapshot(ada, theirs.project as string);
    const attempts = [
      ...ROUTES.flatMap((route) => withForeignParams(route, theirs, own)),
      ...ROUTES.flatMap((route) => withForeignFields(route, theirs, own)),
    ];
    const faults: string[] = [];
    for (const attempt of attempts) {
      const answer = await send(eve, attempt);
      if (!attempt.allowed.includes(answer.status)) faults.push(`${attempt.name}: ${answer.status}`);
      if (answer.text.includes(MARK)) faults.push(`${attempt.name}: shows ${answer.text.slice(0, 200)}`);
    }
    say(`${shape}: ${attempts.length} attempts of an outsider on ${ROUTES.length} routes`);
    expect(faults).toEqual([]);
    expect(await readSnapshot(ada, theirs.project as string)).toEqual(before);
  });

  test('refuses the right person with a child of another parent', async () => {
    const attempts = ROUTES.flatMap((route) =>
      mixtures(route, sibling, theirs)
        // A person is the same in both projects: nothing is foreign about them.
        .filter(({ ids }) => paramKinds(route).some((kind) => kind !== 'user' && ids[kind] !== sibling[kind]))
        // Both projects are in one workspace, so its invitations are foreign to neither.
        .filter(({ route: { path } }) => !/\{(user|invitation)_id\}/.test(path)),
    );
    const faults: string[] = [];
    for (const attempt of attempts) {
      const { status } = await send(ada, attempt);
      if (!REFUSED.includes(status)) faults.push(`${attempt.name}: ${status}`);
    }
    expect(attempts.length).toBeGreaterThan(3);
    expect(faults).toEqual([]);
  });

  test('lets the right person through with the very same ids, so that the refusals above mean something', async () => {
    const faults: string[] = [];
    for (const route of [...ROUTES].sort((a, b) => turn(a) - turn(b))) {
      const { status, text } = await send(ada, { name: route.id, route, ids: theirs, allowed: [] });
      if ([401, 403, 404, 405].includes(status) || status >= 500)
        faults.push(`${route.id}: ${status} ${text.slice(0, 200)}`);
    }
    expect(faults).toEqual([]);
  });
});

/** One of everything a path can name. */
async function aWorld(person: TestPerson, member: string, workspace: string, mark = MARK): Promise<Ids> {
  const { api } = person;
  const project = await api.createProject({ body: { workspace_id: workspace, name: `Project ${mark}` } });
  const params = { project_id: project.id };
  const label = await api.createLabel({ params, body: { name: mark } });
  const task = await api.createTask({ params, body: { title: mark, label_ids: [label.id] } });
  const comment = await api.addComment({ params: { task_id: task.id }, body: { content: mark } });
  const status = await api.createStatus({ params, body: { name: mark, category: 'started' } });
  const other = await api.createTask({ params, body: { title: mark } });
  const relation = await api.addRelation({
    params: { task_id: task.id },
    body: { type: 'relates', task_id: other.id },
  });
  await api.addProjectMember({ params, body: { user_id: member, role: 'member' } });
  const invitation = await api.createInvitation({ params: { workspace_id: workspace }, body: {} });
  const key = await api.createApiKey({ body: { name: mark, scopes: ['users:read'] } });
  const mine = await api.listSessions({ query: {} });
  return {
    workspace,
    session: mine.data[0]?.id,
    api_key: key.id,
    invitation: invitation.id,
    project: project.id,
    label: label.id,
    task: task.id,
    comment: comment.id,
    status: status.id,
    relation: relation.id,
    user: member,
  };
}

async function anImport(person: TestPerson, { project = '' }: Ids): Promise<string> {
  const job = await person.api.createImport(
    { params: { project_id: project }, query: { source: 'trello', dry_run: true } },
    { rawBody: JSON.stringify({ id: 'b', name: MARK, lists: [], cards: [], actions: [] }) },
  );
  return job.id;
}

function paramKinds(route: RouteContract): IdKind[] {
  return Object.values((route.params as Schema | undefined)?.properties ?? {}).flatMap(
    (property) => idKindOf(property) ?? [],
  );
}

/** Everything foreign, and every mixture of foreign and own. */
function withForeignParams(route: RouteContract, theirs: Ids, own: Ids): Attempt[] {
  if (paramKinds(route).length === 0) return [];
  const whole = { name: `${route.id} with foreign ids`, route, ids: theirs, allowed: REFUSED };
  return [whole, ...mixtures(route, own, theirs)];
}

function mixtures(route: RouteContract, one: Ids, other: Ids): Attempt[] {
  const kinds = paramKinds(route);
  if (kinds.length < 2) return [];
  return kinds.map((kind) => ({
    name: `${route.id} with a foreign ${kind} below its own parent`,
    route,
    ids: { ...one, [kind]: other[kind] },
    allowed: REFUSED,
  }));
}

/** One's own object, and a foreign id in every field of body and query that takes ids, one at a time. */
function withForeignFields(route: RouteContract, theirs: Ids, own: Ids): Attempt[] {
  return (['body', 'query'] as const).flatMap((place) =>
    Object.entries((route[place] as Schema | undefined)?.properties ?? {}).flatMap(([field, property]) => {
      const kind = idKindOf(property);
      const id = kind && theirs[kind];
      if (!id) return [];
      // Taking away what is not there, and lists filtered by what one cannot see, are fine: there is nothing to see.
      const isHarmless = place === 'query' && route.method === 'GET';
      const mayBeEmpty = field.startsWith('remove_');
      return [
        {
          name: `${route.id} with a foreign ${field} in its ${place}`,
          route,
          ids: own,
          foreign: { in: place, field, id },
          allowed: [...REFUSED, ...(field === 'id' ? [409] : []), ...(isHarmless || mayBeEmpty ? [200] : [])],
        },
      ];
    }),
  );
}

async function send(person: TestPerson, attempt: Attempt): Promise<{ status: number; text: string }> {
  const { route, ids, foreign } = attempt;
  const fill = (place: 'params' | 'query' | 'body', wanted: (name: string, p: Schema) => boolean) =>
    sampleObject((route[place] ?? {}) as Schema, ids, wanted);
  const params = fill('params', () => true);
  const query = fill('query', () => false);
  const body = fill('body', (_name, property) => route.method !== 'POST' && idKindOf(property) === null);
  if (foreign) {
    const isList =
      ((route[foreign.in] as Schema).properties?.[foreign.field] as Schema | undefined)?.type === 'array';
    (foreign.in === 'body' ? body : query)[foreign.field] = isList ? [foreign.id] : foreign.id;
  }
  const hasBody = route.body !== undefined || route.raw?.body !== undefined;
  const answer = await person.fetch(routeUrl(route, { params, query }), {
    method: route.method,
    headers: hasBody ? { 'content-type': 'application/json' } : {},
    ...(hasBody && { body: route.raw?.body ? '{"lists":[],"cards":[]}' : JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Reading before writing before deleting, and what is inside before what holds it. */
function turn(route: RouteContract): number {
  if (route.id === 'deleteTask') return 50;
  if (route.id === 'restoreTask') return 51;
  // Whoever leaves the workspace leaves its projects by themselves.
  if (route.id === 'removeWorkspaceMember') return 200;
  // Last of all: afterwards nothing of the workspace is there, or hers, or she is signed in no more.
  const atTheEnd = ['deleteWorkspace', 'restoreWorkspace', 'transferWorkspace', 'revokeSession'];
  if (atTheEnd.includes(route.id)) return 300 + atTheEnd.indexOf(route.id);
  const depth = route.path.split('/').length;
  return { GET: 0, POST: 10, PATCH: 20, PUT: 30, DELETE: 100 }[route.method] - depth;
}
