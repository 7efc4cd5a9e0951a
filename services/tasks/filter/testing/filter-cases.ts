import { decodeId, newId, uuidv7 } from '@gantry/contracts';
import { type FilterContext, quoteValue } from '@gantry/contracts/filter';
import { PRIORITIES, STATUS_CATEGORIES, type Task } from '@gantry/contracts/tasks';
import type { Queryable } from '@gantry/kit';
import fc from 'fast-check';

/** Pieces of text that searches get wrong: wildcards, quotes, case pairs of several languages, composed letters. */
const PIECES = [
  ...['a', 'B', 'e', 'é', 'E\u0301', 'e\u0301', 'ß', 'ẞ', 'SS', 'i', 'I', 'İ', 'ı', 'ſ', 'K', 'Å', 'Å'],
  ...[
    'Σ',
    'σ',
    'ς',
    'ΟΔΟΣ',
    '%',
    '_',
    '\\',
    '"',
    "'",
    '\\"',
    '😀',
    '👩‍👩‍👧',
    '\uff01',
    'Ａ',
    '中',
    'ﬁ',
    'Ǆ',
    'ǅ',
    'ა',
    'Ა',
    'ᾳ',
  ],
  ...[' ', ' ', '-', ',', '(', ')', ':', 'or', '..', '42', 'WEB-3', '$1', '--', '/*', '\u0301'],
];
const text = (max: number) =>
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: max }).map((parts) => parts.join(''));

const NAMES = [
  'Bug',
  'needs design',
  'none',
  'done',
  '100%_\\',
  'STRASSE',
  'Straße',
  'İzmir',
  'ὈΔΌΣ',
  '😀 "fun"',
  'me',
];
const projects = ['WEB', 'APP', 'X9'].map((key) => ({ id: newId('project'), key, name: `The ${key}` }));
const statuses = projects.flatMap((project) =>
  [...STATUS_CATEGORIES, 'started' as const].map((category, i) => ({
    id: newId('status'),
    project_id: project.id,
    key: `${category}_${i}`,
    name: ['Backlog', 'To do', 'Doing', 'done', 'STRASSE', 'In review'][i] ?? '',
    category,
  })),
);
const labels = projects.flatMap((p) =>
  NAMES.slice(0, 8).map((name) => ({ id: newId('label'), project_id: p.id, name })),
);
const people = NAMES.map((name, i) => ({
  id: newId('user'),
  username: i % 3 === 0 ? `user${i}` : null,
  name: `${name} Miller`,
  first_name: name,
}));

const inMilliseconds = fc.integer({ min: Date.UTC(2025, 10, 1), max: Date.UTC(2026, 2, 20) });
const instant = inMilliseconds.map((ms) => new Date(ms).toISOString());
const day = instant.map((iso) => iso.slice(0, 10));
const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/Santiago',
  'Pacific/Kiritimati',
  'Asia/Kolkata',
);

/** The same people, labels, statuses and projects, seen by somebody at some time somewhere. */
export function aContext(): fc.Arbitrary<FilterContext> {
  return fc.record({
    now: instant,
    timeZone: zone,
    me: fc.constantFrom(...people.map((p) => p.id), null),
    people: fc.constant(people),
    statuses: fc.constant(statuses),
    labels: fc.constant(labels),
    projects: fc.constant(projects),
  });
}

const some = <T>(values: readonly T[], maxLength: number) => fc.subarray([...values], { maxLength });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 2 });
/** Edges of days in several zones, where off-by-one lives. */
const edgy = fc.oneof(
  instant,
  fc
    .tuple(
      day,
      fc.constantFrom('00:00:00.000', '22:59:59.999', '23:00:00.000', '04:00:00.000', '03:59:59.999'),
    )
    .map(([date, time]) => `${date}T${time}Z`),
);

/** Tasks of all projects; the first ones are parents of some of the others. */
export function someTasks(): fc.Arbitrary<Task[]> {
  const facts = fc.record({
    project: fc.nat(projects.length - 1),
    status: fc.nat(STATUS_CATEGORIES.length),
    title: text(8),
    description: fc.oneof({ weight: 1, arbitrary: fc.constant('') }, { weight: 2, arbitrary: text(20) }),
    priority: fc.constantFrom(...PRIORITIES),
    assignee_ids: some(
      people.map((p) => p.id),
      3,
    ),
    labels: some([0, 1, 2, 3, 4, 5, 6, 7], 3),
    parent: maybe(fc.nat(4)),
    start_date: maybe(day),
    due_date: maybe(day),
    rank: fc.constantFrom('a', 'B', 'Z', 'aa', 'b0V'),
    comment_count: fc.nat(5),
    subtask_count: fc.nat(2),
    archived: fc.boolean(),
    created_by_id: maybe(fc.constantFrom(...people.map((p) => p.id))),
    links: fc.nat(2),
    foreign: fc.boolean(),
    completed_at: maybe(edgy),
    created_at: edgy,
    updated_at: edgy,
  });
  return fc.array(facts, { minLength: 30, maxLength: 60 }).map((list) => {
    const tasks: Task[] = [];
    for (const [i, t] of list.entries()) {
      const project = projects[t.project];
      const status = statuses[t.project * 6 + t.status];
      if (!project || !status) continue;
      const parent = t.parent === null ? undefined : tasks[t.parent];
      const links = Array.from({ length: t.links }, () => ({ name: 'x', url: 'http://x' }));
      tasks.push({
        ...t,
        id: newId('task'),
        workspace_id: newId('workspace'),
        project_id: project.id,
        key: `${project.key}-${i + 1}`,
        number: i + 1,
        status: status.key,
        status_id: status.id,
        assigned_to_id: t.assignee_ids[0] ?? null,
        label_ids: t.labels.map((at) => labels[t.project * 8 + at]?.id ?? ''),
        parent_id: parent?.id ?? null,
        subtask_done_count: 0,
        external: t.foreign ? { source: 'trello', id: 'x', url: null, people: [], links } : null,
        version: 1,
      });
    }
    return tasks;
  });
}

const value = fc
  .oneof(
    fc.constantFrom(
      'a',
      'é',
      'e\u0301',
      'ß',
      'i',
      'İ',
      'σς',
      'ΟΔΟς',
      '%',
      '_',
      '\\',
      '\\\\"',
      '😀',
      '中',
      '42',
      'WEB-3',
      'K',
    ),
    text(2),
  )
  .map((words) => quoteValue(words.trim() || 'a', true));
const name = fc.constantFrom(...NAMES, 'straße', 'ὀδός', 'i̇zmir', 'BUG', 'unknown').map((n) => quoteValue(n));
const person = fc.oneof(
  fc.constantFrom(
    'me',
    'none',
    '"me"',
    'user3',
    '@USER0',
    '"bug miller"',
    ...people.slice(0, 2).map((p) => p.id),
  ),
  name,
);
const date = fc.oneof(
  day,
  fc.constantFrom(
    'today',
    'tomorrow',
    'yesterday',
    'monday',
    'SUN',
    'week',
    'month',
    'last-week',
    'next-week',
    'quarter',
  ),
  fc.constantFrom(
    '7d',
    '-2w',
    '-1m',
    '2m',
    '0d',
    '-1y',
    '2026',
    '2026-01',
    '9999y',
    '0001-01-01',
    '9999-12-31',
  ),
);
const op = fc.constantFrom('', '', '<', '<=', '>', '>=');
const compared = (values: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.tuple(op, values).map((parts) => parts.join('')),
    fc.tuple(values, values).map((parts) => parts.join('..')),
  );
const listOf = (values: fc.Arbitrary<string>) =>
  fc.array(values, { minLength: 1, maxLength: 3 }).map((list) => list.join(','));
const field = (names: string[], values: fc.Arbitrary<string>) =>
  fc.tuple(fc.constantFrom(...names), listOf(values)).map((parts) => parts.join(':'));

const term = fc.oneof(
  value,
  field(['title', 'text'], value),
  field(
    ['status'],
    fc.oneof(fc.constantFrom(...STATUS_CATEGORIES, '"done"', 'started_5', '"In Review"'), name),
  ),
  field(['priority'], compared(fc.constantFrom(...PRIORITIES))),
  field(['assignee', 'creator'], person),
  field(['label'], fc.oneof(fc.constantFrom('none', '"none"'), name)),
  field(['project'], fc.constantFrom('web', 'APP', '"the x9"', 'nope')),
  field(['parent'], fc.constantFrom('none', 'WEB-1', 'app-2', 'X9-3', 'NO-1')),
  field(['key'], fc.constantFrom('3', 'WEB-4', 'app-5', '999999999')),
  field(['due', 'start'], fc.oneof(compared(date), fc.constant('none'))),
  field(['created', 'updated', 'completed'], compared(date)),
  fc.constant('completed:none'),
  field(
    ['is'],
    fc.constantFrom('open', 'closed', 'done', 'overdue', 'unassigned', 'archived', 'subtask', 'has-subtasks'),
  ),
  field(
    ['has'],
    fc.constantFrom(
      'description',
      'due',
      'start',
      'assignee',
      'label',
      'comments',
      'links',
      'parent',
      'subtasks',
    ),
  ),
  field(['comments'], compared(fc.nat(5).map(String))),
);

/** Texts of filters: every field, lists, `-`, parentheses and `or`. */
export function someFilters(): fc.Arbitrary<string> {
  const { filter } = fc.letrec<{ filter: string; part: string }>((tie) => ({
    part: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: term },
      { weight: 2, arbitrary: tie('part').map((inner) => `-${inner}`) },
      { weight: 2, arbitrary: tie('filter').map((inner) => `(${inner})`) },
    ),
    filter: fc
      .array(fc.tuple(tie('part'), fc.constantFrom(' ', ' or ')), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.map(([text, join], i) => (i === 0 ? text : join + text)).join('')),
  }));
  return filter;
}

const SORTS = [
  'rank',
  'key',
  'title',
  'status',
  'priority',
  'due',
  'start',
  'created',
  'updated',
  'completed',
  'comments',
];

export function someSorts(): fc.Arbitrary<string> {
  const key = fc.tuple(fc.constantFrom('', '-'), fc.constantFrom(...SORTS)).map((parts) => parts.join(''));
  return fc.array(key, { maxLength: 3 }).map((keys) => (keys.length === 0 ? '' : `sort:${keys.join(',')}`));
}

const uuidOf = (id: string) => {
  const kind = { ws: 'workspace', proj: 'project' }[id.split('_')[0] ?? ''] ?? id.split('_')[0];
  return decodeId(kind as 'task', id);
};

/** Puts exactly these tasks, and the statuses they have, into the tables. */
export async function storeTasks(db: Queryable, tasks: Task[]): Promise<void> {
  const run = (sql: string, ...parameters: unknown[]) => db.run({ sql, parameters });
  await run('delete from tasks');
  const known = statuses.map((s, i) => ({
    ...s,
    id: uuidOf(s.id),
    project_id: uuidOf(s.project_id),
    name: `${s.name} ${i}`,
    workspace_id: uuidv7(),
    color: 'gray',
    rank: 'a',
    archived: false,
    version: 1,
  }));
  await run(
    'insert into statuses select * from jsonb_populate_recordset(null::statuses, $1::jsonb) on conflict do nothing',
    JSON.stringify(known),
  );
  const ids = (list: string[]) => list.map(uuidOf);
  const rows = tasks.map((t) => ({
    ...t,
    id: uuidOf(t.id),
    workspace_id: uuidOf(t.workspace_id),
    project_id: uuidOf(t.project_id),
    status_id: uuidOf(t.status_id),
    assigned_to_id: t.assigned_to_id && uuidOf(t.assigned_to_id),
    assignee_ids: ids(t.assignee_ids),
    label_ids: ids(t.label_ids),
    parent_id: t.parent_id && uuidOf(t.parent_id),
    created_by_id: t.created_by_id && uuidOf(t.created_by_id),
  }));
  await run(
    'insert into tasks select * from jsonb_populate_recordset(null::tasks, $1::jsonb)',
    JSON.stringify(rows),
  );
}
