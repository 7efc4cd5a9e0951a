import type { Id } from '@gantry/contracts';
import {
  checkFilter,
  type FilterContext,
  type FilterError,
  hasTerm,
  isTimeZone,
  parseFilter,
} from '@gantry/contracts/filter';
import { taskErrors } from '@gantry/contracts/tasks';
import { fail, failWith, field, uuidIn } from '@gantry/kit';
import type { ProjectFacts } from '../access/project-access.ts';
import type { Ctx } from '../context.ts';
import { filterToSql, type SortColumn } from '../filter/filter-sql.ts';
import { labelOf, listLabelRows } from '../labels/labels.store.ts';
import { statusOf } from '../statuses/statuses.store.ts';
import { statusesOf } from '../statuses/statuses.ts';

export interface TaskFilter {
  /** Condition over `tasks` with `$n` from the given number on. */
  where: string;
  params: unknown[];
  /** The order the text asks for; its `$n` follow those of the condition. Empty if it asks for none. */
  columns: SortColumn[];
  columnParams: unknown[];
  /** The text says itself what becomes of archived tasks. */
  coversArchived: boolean;
}

function refuse(errors: readonly FilterError[]): never {
  throw failWith(taskErrors, 'bad_filter', {
    fields: errors
      .slice(0, 20)
      .map((e) =>
        field(
          `query/filter@${e.from}-${e.to}`,
          e.code,
          e.suggestion ? `${e.message} Did you mean ${e.suggestion}?` : e.message,
        ),
      ),
  });
}

/** A filter text (docs/filters.md) as SQL, for the tasks of one project. Throws `bad_filter` pointing at what is wrong. */
export async function taskFilter(
  ctx: Ctx,
  facts: ProjectFacts,
  text: string,
  timeZone: string | undefined,
  firstParam: number,
): Promise<TaskFilter> {
  const zone = timeZone ?? 'UTC';
  if (!isTimeZone(zone))
    throw fail('invalid_request', {
      fields: [field('query/time_zone', 'time_zone', 'Give an IANA name, such as Europe/Berlin.')],
    });
  const { ast, sort, errors } = parseFilter(text);
  if (errors.length > 0) refuse(errors);
  const context = await contextOf(ctx, facts, zone);
  const wrong = checkFilter(ast, context);
  if (wrong.length > 0) refuse(wrong);
  const condition = filterToSql(ast, context, firstParam);
  const ordered = sort.length > 0 ? filterToSql(ast, context, firstParam, sort) : null;
  return {
    where: condition.where,
    params: condition.params,
    columns: ordered?.columns ?? [],
    columnParams: ordered?.params.slice(condition.params.length) ?? [],
    coversArchived: hasTerm(ast, 'is', 'archived'),
  };
}

async function contextOf(ctx: Ctx, facts: ProjectFacts, timeZone: string): Promise<FilterContext> {
  const { projectId, workspaceId, key, name } = facts;
  const [{ people }, statuses, labels] = await Promise.all([
    ctx.call.users.findPeople({ body: { workspace_id: workspaceId, all: true } }),
    statusesOf(ctx, projectId as Id<'project'>, workspaceId),
    listLabelRows(ctx.db, uuidIn('project', projectId)),
  ]);
  return {
    now: new Date().toISOString(),
    timeZone,
    me: ctx.userId,
    people,
    statuses: statuses.map(statusOf),
    labels: labels.map(labelOf),
    projects: [{ id: projectId, key, name }],
  };
}
