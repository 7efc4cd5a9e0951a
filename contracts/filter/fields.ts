/** The one place that says which fields a filter has. Parser, meaning, completion and docs/filters.md read it. */

/** What kind of values a field has; decides its operators, how values are read and what completion offers. */
export type FieldType =
  | 'status'
  | 'person'
  | 'label'
  | 'project'
  | 'parent'
  | 'key'
  | 'choice'
  | 'flag'
  | 'text'
  | 'date'
  | 'number';

export interface FilterWord {
  word: string;
  doc: string;
  /** The sentence that answers its use until what it needs exists. */
  later?: string;
}

/** Columns of a task a meaning may look at: names of the API, and of the table. */
export type IdColumn = 'status_id' | 'project_id' | 'created_by_id' | 'parent_id' | 'priority';
export type SetColumn = 'assignee_ids' | 'label_ids';
export type DateColumn = 'due_date' | 'start_date';
export type InstantColumn = 'created_at' | 'updated_at' | 'completed_at';
export type NumberColumn = 'comment_count' | 'subtask_count' | 'number';
export type TextColumn = 'title' | 'description';
export type FilterColumn =
  | IdColumn
  | SetColumn
  | DateColumn
  | InstantColumn
  | NumberColumn
  | TextColumn
  | 'rank';

export interface FilterField {
  name: string;
  aliases: readonly string[];
  type: FieldType;
  columns: readonly FilterColumn[];
  /** Values that are words of the language. Written in quotes they are ordinary names. */
  words: readonly FilterWord[];
  /** The words are in order, lowest first: they may be compared. */
  ordered?: boolean;
  /** Dates: whether `monday` is the coming or the last one, and a day to come makes sense. */
  ahead?: boolean;
  doc: string;
  examples: readonly string[];
}

const words = (...pairs: [word: string, doc: string, later?: string][]): FilterWord[] =>
  pairs.map(([word, doc, later]) => (later ? { word, doc, later } : { word, doc }));
const none = (doc: string) => words(['none', doc]);

const DATE_WORDS = words(
  ['today', 'this day'],
  ['tomorrow', 'the next day'],
  ['yesterday', 'the day before'],
  ['week', 'this week, Monday to Sunday'],
  ['month', 'this month'],
  ['next-week', 'the week after this one'],
  ['last-week', 'the week before this one'],
);
const date = (
  name: string,
  column: DateColumn | InstantColumn,
  ahead: boolean,
  doc: string,
  examples: string[],
  aliases: string[] = [],
  empty?: string,
): FilterField => ({
  name,
  aliases,
  type: 'date',
  columns: [column],
  words: empty ? [...DATE_WORDS, ...none(empty)] : DATE_WORDS,
  ahead,
  doc,
  examples,
});

export const PRIORITY_ORDER = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export const CATEGORY_WORDS = ['backlog', 'unstarted', 'started', 'done', 'canceled'] as const;

export const TASK_FIELDS: readonly FilterField[] = [
  {
    name: 'status',
    aliases: ['state'],
    type: 'status',
    columns: ['status_id'],
    words: words(
      ['backlog', 'not planned yet'],
      ['unstarted', 'planned, not begun'],
      ['started', 'being worked on'],
      ['done', 'finished'],
      ['canceled', 'given up'],
    ),
    doc: 'Name or key of a status, or what a status means.',
    examples: ['status:started', 'status:"In review"', 'status:todo,in_progress'],
  },
  {
    name: 'priority',
    aliases: ['prio'],
    type: 'choice',
    columns: ['priority'],
    ordered: true,
    words: PRIORITY_ORDER.map((word) => ({
      word,
      doc: word === 'none' ? 'no priority' : `${word} priority`,
    })),
    doc: 'Priority, from none up to urgent.',
    examples: ['priority:high,urgent', 'priority:>=medium', 'priority:low..high'],
  },
  {
    name: 'assignee',
    aliases: ['assigned', 'assigned-to'],
    type: 'person',
    columns: ['assignee_ids'],
    words: words(['me', 'you'], ['none', 'nobody']),
    doc: 'Who works on it: username, name or first name.',
    examples: ['assignee:me', 'assignee:none', 'assignee:"Ada Lovelace",grace'],
  },
  {
    name: 'creator',
    aliases: ['author', 'created-by'],
    type: 'person',
    columns: ['created_by_id'],
    words: words(['me', 'you'], ['none', 'nobody with an account here']),
    doc: 'Who made it.',
    examples: ['creator:me', '-creator:ada'],
  },
  {
    name: 'label',
    aliases: ['labels', 'tag'],
    type: 'label',
    columns: ['label_ids'],
    words: none('no label'),
    doc: 'Label by name. With a comma: one of them; twice: both.',
    examples: ['label:"needs design"', 'label:bug,regression', 'label:bug label:urgent'],
  },
  {
    name: 'project',
    aliases: [],
    type: 'project',
    columns: ['project_id'],
    words: [],
    doc: 'Project by key or name.',
    examples: ['project:WEB', 'project:"Summer launch"'],
  },
  {
    name: 'parent',
    aliases: [],
    type: 'parent',
    columns: ['parent_id'],
    words: none('not a subtask'),
    doc: 'Subtasks of the task with this key.',
    examples: ['parent:WEB-42', 'parent:none'],
  },
  {
    name: 'key',
    aliases: ['id', 'number'],
    type: 'key',
    columns: ['number'],
    words: [],
    doc: 'Task by key, or by number alone.',
    examples: ['key:WEB-42', 'key:42,43'],
  },
  {
    name: 'title',
    aliases: ['name'],
    type: 'text',
    columns: ['title'],
    words: [],
    doc: 'Part of the title, as free words search it.',
    examples: ['title:invoice', 'title:"log in"'],
  },
  {
    name: 'text',
    aliases: ['content'],
    type: 'text',
    columns: ['title', 'description'],
    words: [],
    doc: 'Part of the title or the description.',
    examples: ['text:"error 500"'],
  },
  date(
    'due',
    'due_date',
    true,
    'Day it is due.',
    ['due:<7d', 'due:week', 'due:2026-01-01..2026-02-01', 'due:none'],
    ['due-date', 'deadline'],
    'no due date',
  ),
  date(
    'start',
    'start_date',
    true,
    'Day it is to start.',
    ['start:<=today', 'start:monday'],
    ['start-date'],
    'no start date',
  ),
  date(
    'created',
    'created_at',
    false,
    'Day it was made.',
    ['created:>2026-01-01', 'created:>=-2w'],
    ['created-at'],
  ),
  date(
    'updated',
    'updated_at',
    false,
    'Day of its last change.',
    ['updated:today', 'updated:<-3m'],
    ['updated-at', 'changed'],
  ),
  date(
    'completed',
    'completed_at',
    false,
    'Day it was done.',
    ['completed:last-week', 'completed:>=-7d', 'completed:none'],
    ['completed-at'],
    'not done',
  ),
  {
    name: 'is',
    aliases: [],
    type: 'flag',
    columns: [],
    words: words(
      ['open', 'neither done nor canceled'],
      ['closed', 'done or canceled'],
      ['done', 'its status means done'],
      ['overdue', 'open and due before today'],
      ['unassigned', 'nobody works on it'],
      ['archived', 'put away'],
      ['subtask', 'has a parent'],
      ['has-subtasks', 'has subtasks'],
      [
        'blocked',
        'waits for another task',
        'Tasks cannot block each other yet: leave is:blocked out for now.',
      ],
      ['watched', 'you follow it', 'Tasks cannot be watched yet: leave is:watched out for now.'],
    ),
    doc: 'What is true of it.',
    examples: ['is:open', 'is:overdue', '-is:archived'],
  },
  {
    name: 'has',
    aliases: ['with'],
    type: 'flag',
    columns: [],
    words: words(
      ['description', 'a description'],
      ['due', 'a due date'],
      ['start', 'a start date'],
      ['assignee', 'somebody works on it'],
      ['label', 'a label'],
      ['comments', 'a comment'],
      ['links', 'links'],
      ['parent', 'a parent'],
      ['subtasks', 'subtasks'],
    ),
    doc: 'What it has.',
    examples: ['has:comments', '-has:description', '-has:due'],
  },
  {
    name: 'comments',
    aliases: ['comment-count'],
    type: 'number',
    columns: ['comment_count'],
    words: [],
    doc: 'Number of comments.',
    examples: ['comments:>3', 'comments:0', 'comments:1..5'],
  },
];

/** What `sort:` takes. */
export const SORT_FIELDS: readonly { name: string; column: FilterColumn; doc: string }[] = [
  { name: 'rank', column: 'rank', doc: 'the order people gave by hand' },
  { name: 'key', column: 'number', doc: 'task key' },
  { name: 'title', column: 'title', doc: 'title' },
  { name: 'status', column: 'status_id', doc: 'order of the board' },
  { name: 'priority', column: 'priority', doc: 'priority, none first' },
  { name: 'due', column: 'due_date', doc: 'due date' },
  { name: 'start', column: 'start_date', doc: 'start date' },
  { name: 'created', column: 'created_at', doc: 'time it was made' },
  { name: 'updated', column: 'updated_at', doc: 'last change' },
  { name: 'completed', column: 'completed_at', doc: 'time it was done' },
  { name: 'comments', column: 'comment_count', doc: 'number of comments' },
];

/** The field of this name or alias, in any case, `_` as `-`. */
export function findField(name: string): FilterField | undefined {
  return FIELD_BY_NAME.get(name.toLowerCase().replaceAll('_', '-'));
}
const FIELD_BY_NAME = new Map(
  TASK_FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field] as const)),
);

/** Whether a field's values may be compared and given as a range. */
export function isOrdered(field: FilterField): boolean {
  return field.ordered === true || field.type === 'date' || field.type === 'number';
}
