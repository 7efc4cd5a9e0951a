import type { Watcher } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction } from '@gantry/kit';
import type { TaskRow } from '../tasks/tasks.store.ts';

export interface WatchRow {
  id: string;
  task_id: string;
  user_id: string;
  watching: boolean;
  version: number;
}

/** Nobody is written down for being creator, assignee or commenter: it is read from what makes them so. */
const list = statement<{ user_id: string; reason: Watcher['reason'] }>(
  'watch.list',
  `select distinct on (p.user_id) p.user_id, p.reason from (
     select user_id, 'chosen' as reason, 1 as turn from watches where task_id = $1 and watching
     union all select created_by_id, 'creator', 2 from tasks where id = $1 and created_by_id is not null
     union all select unnest(assignee_ids), 'assignee', 3 from tasks where id = $1
     union all select user_id, 'commenter', 4 from comments where task_id = $1 and deleted_at is null and user_id is not null
   ) p where not exists (select from watches w where w.task_id = $1 and w.user_id = p.user_id and not w.watching)
   order by p.user_id, p.turn`,
);
const set = statement<WatchRow>(
  'watch.set',
  `insert into watches as w (id, task_id, workspace_id, user_id, watching) values ($1, $2, $3, $4, $5)
   on conflict on constraint watches_once do update set watching = excluded.watching, version = w.version + 1
   where w.watching <> excluded.watching returning *`,
);

export function listWatcherRows(
  db: Queryable,
  taskUuid: string,
): Promise<{ user_id: string; reason: Watcher['reason'] }[]> {
  return db.query(list, [taskUuid]);
}

/** Keeps what a person chose; undefined if they had chosen so already. */
export async function setWatch(
  tx: Transaction,
  uuid: string,
  task: TaskRow,
  userUuid: string,
  watching: boolean,
): Promise<WatchRow | undefined> {
  return (await tx.query(set, [uuid, task.id, task.workspace_id, userUuid, watching]))[0];
}
