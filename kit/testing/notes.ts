import {
  defineContract,
  defineEvent,
  defineRoute,
  type Id,
  IdOf,
  Line,
  ListOf,
  newId,
  PageQuery,
  Strict,
  streamName,
} from '@gantry/contracts';
import { Type } from 'typebox';
import { one, statement } from '../db/database.ts';
import { fail } from '../errors.ts';
import { uuidIn } from '../log/transaction.ts';
import { listOf, pageOf } from '../pages.ts';
import {
  defineService,
  handlerFor,
  type ServiceDefinition,
  type StreamAccess,
  type Subscriber,
} from '../service.ts';

/** A note is a task by id and event shape, so that the kit's tests need no registry entries of their own. */
const Note = Type.Object({ id: IdOf('task'), title: Type.String(), version: Type.Integer() });
export const noteCreated = defineEvent({
  name: 'note.created',
  owner: 'notes',
  entity: 'task',
  op: 'created',
  v: 1,
  after: Type.Object({ title: Type.String() }),
});

export const notesContract = defineContract({
  name: 'notes',
  routes: {
    createNote: defineRoute({
      id: 'createNote',
      method: 'POST',
      path: '/books/{project_id}/notes',
      status: 201,
      summary: 'Make a note',
      params: Strict({ project_id: IdOf('project') }),
      body: Strict({ id: Type.Optional(IdOf('task')), title: Line(100), text: Type.Optional(Type.String()) }),
      response: Note,
    }),
    getNote: defineRoute({
      id: 'getNote',
      method: 'GET',
      path: '/notes/{task_id}',
      status: 200,
      summary: 'One note',
      params: Strict({ task_id: IdOf('task') }),
      response: Note,
    }),
    renameNote: defineRoute({
      id: 'renameNote',
      method: 'PATCH',
      path: '/notes/{task_id}',
      status: 200,
      summary: 'Rename a note',
      params: Strict({ task_id: IdOf('task') }),
      body: Strict({ title: Line(100) }),
      response: Note,
    }),
    listNotes: defineRoute({
      id: 'listNotes',
      method: 'GET',
      path: '/notes',
      status: 200,
      summary: 'Notes',
      query: Strict({ ...PageQuery }),
      response: ListOf(Note),
    }),
    countNotes: defineRoute({
      id: 'countNotes',
      method: 'GET',
      path: '/internal/notes/count',
      auth: 'service',
      status: 200,
      summary: 'How many',
      response: Type.Object({ count: Type.Integer() }),
    }),
  },
});

interface NoteRow {
  id: string;
  title: string;
  version: number;
}
const insert = statement<NoteRow>(
  'note.insert',
  'insert into note (id, title, version) values ($1, $2, 1) returning *',
);
const get = statement<NoteRow>('note.get', 'select * from note where id = $1');
const rename = statement<NoteRow>(
  'note.rename',
  'update note set title = $2, version = version + 1 where id = $1 returning *',
);
const lockNote = statement<NoteRow>('note.lock', 'select * from note where id = $1 for update');

const toNote = (row: NoteRow, id: string) => ({
  id: id as Id<'task'>,
  title: row.title,
  version: row.version,
});
const handle = handlerFor();
const { routes } = notesContract;

/** The smallest real service: a table, four routes, one event. For testing the kit. */
export function notesService(
  migrations: URL = new URL('./migrations/', import.meta.url),
  subscribers: Subscriber[] = [],
  book: StreamAccess[string] = async () => ({ allowed: true, freshForMs: 750 }),
): ServiceDefinition {
  return defineService({
    name: 'notes',
    contract: notesContract,
    config: {},
    migrations,
    pool: 4,
    calls: {},
    subscribers,
    streams: { book },
    routes: [
      handle(routes.createNote, (ctx, { params, body }) =>
        ctx.write(async (tx) => {
          const id = body.id ?? newId('task');
          const row = one(await tx.query(insert, [uuidIn('task', id), body.title]));
          tx.record(noteCreated, {
            stream: streamName('notes', 'book', uuidIn('project', params.project_id)),
            workspaceId: null,
            entityId: id,
            version: 1,
            after: { title: row.title, ...(body.text === undefined ? {} : { text: body.text }) },
          });
          return toNote(row, id);
        }),
      ),
      handle(routes.getNote, async (ctx, { params }) =>
        toNote(one(await ctx.query(get, [uuidIn('task', params.task_id)])), params.task_id),
      ),
      handle(routes.renameNote, (ctx, { params, body }) =>
        ctx.write(async (tx) => {
          const before = one(await tx.query(lockNote, [uuidIn('task', params.task_id)]));
          ctx.checkVersion(before.version);
          return toNote(
            one(await tx.query(rename, [uuidIn('task', params.task_id), body.title])),
            params.task_id,
          );
        }),
      ),
      handle(routes.listNotes, async (ctx, { query }) => {
        const page = pageOf(query);
        if (page.page > 1000) throw fail('invalid_request');
        const rows = await ctx.run<NoteRow>({
          sql: 'select * from note order by id limit $1 offset $2',
          parameters: [page.limit, page.offset],
        });
        return listOf(
          rows.map((row) => toNote(row, newId('task'))),
          rows.length,
          page,
        );
      }),
      handle(routes.countNotes, async (ctx) => ({
        count: Number(
          (await ctx.run<{ n: number }>({ sql: 'select count(*) as n from note', parameters: [] }))[0]?.n,
        ),
      })),
    ],
  });
}
