import { encodeId, type Id } from '@gantry/contracts';
import { type Label, labelCreated } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction, uuidIn } from '@gantry/kit';
import { tasksStream } from '../context.ts';

export interface LabelRow {
  id: string;
  project_id: string;
  workspace_id: string;
  name: string;
  color: Label['color'];
  version: number;
}

export function labelOf(row: LabelRow): Label {
  return {
    id: encodeId('label', row.id),
    project_id: encodeId('project', row.project_id),
    name: row.name,
    color: row.color,
    version: row.version,
  };
}

const insert = statement<LabelRow>(
  'label.insert',
  'insert into labels (id, project_id, workspace_id, name, color) values ($1, $2, $3, $4, $5) returning *',
);
const list = statement<LabelRow>(
  'label.list',
  'select * from labels where project_id = $1 order by lower(name), id',
);
const lock = statement<LabelRow>(
  'label.lock',
  'select * from labels where id = $1 and project_id = $2 for update',
);
const update = statement<LabelRow>(
  'label.update',
  'update labels set name = $2, color = $3, version = version + 1 where id = $1 returning *',
);
const remove = statement('label.delete', 'delete from labels where id = $1');
const takeOff = statement(
  'label.take-off',
  'update tasks set label_ids = array_remove(label_ids, $2) where project_id = $1 and label_ids @> array[$2::uuid]',
);

/** Inserts a label and logs it. Throws a duplicate of `labels_name` if the name is taken. */
export async function insertLabel(
  tx: Transaction,
  label: Omit<Label, 'version'>,
  workspaceId: Id<'workspace'>,
): Promise<LabelRow> {
  const project = uuidIn('project', label.project_id);
  const [row] = await tx.query(insert, [
    uuidIn('label', label.id),
    project,
    uuidIn('workspace', workspaceId),
    label.name,
    label.color,
  ]);
  tx.record(labelCreated, {
    stream: tasksStream(project),
    workspaceId,
    entityId: label.id,
    root: label.project_id,
    version: 1,
    after: labelOf(row as LabelRow),
  });
  return row as LabelRow;
}

export function listLabelRows(db: Queryable, projectUuid: string): Promise<LabelRow[]> {
  return db.query(list, [projectUuid]);
}

export async function lockLabel(
  tx: Transaction,
  projectUuid: string,
  labelUuid: string,
): Promise<LabelRow | undefined> {
  return (await tx.query(lock, [labelUuid, projectUuid]))[0];
}

export async function saveLabel(tx: Transaction, row: LabelRow): Promise<LabelRow> {
  return (await tx.query(update, [row.id, row.name, row.color]))[0] as LabelRow;
}

/** Deletes the label and takes it off every task; live readers do the same when they see it deleted. */
export async function deleteLabelRow(tx: Transaction, row: LabelRow): Promise<void> {
  await tx.query(takeOff, [row.project_id, row.id]);
  await tx.query(remove, [row.id]);
}
