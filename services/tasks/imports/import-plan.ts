import type { ExternalActor } from '@gantry/contracts';
import type { Color, ImportCounts, Ledger, StatusCategory } from '@gantry/contracts/tasks';

/** What an import will write, in terms of the file. It is the same every time it is made from the same input. */
export interface ImportPlan {
  source: string;
  /** Name of the board over there. */
  name: string;
  statuses: PlanStatus[];
  labels: PlanLabel[];
  /** Parents before their subtasks, otherwise in the order of their ranks. */
  tasks: PlanTask[];
  /** Source objects no task keeps: the board itself, lists, members, actions about things that are gone … */
  raw: RawPart[];
  counts: ImportCounts;
  ledger: Ledger;
}

/** A status by the id of its list, or one of the project's own by what it means. */
export type StatusRef = string;
export const OPEN_STATUS: StatusRef = 'project:open';
export const DONE_STATUS: StatusRef = 'project:done';

export interface PlanStatus {
  ref: StatusRef;
  name: string;
  category: StatusCategory;
  color: Color;
  archived: boolean;
}

export interface PlanLabel {
  ref: string;
  name: string;
  color: Color;
}

/** The fields of a task an import knows, as they are at one moment. */
export interface TaskState {
  title: string;
  description: string;
  status: StatusRef;
  start_date: string | null;
  due_date: string | null;
  archived: boolean;
  completed_at: string | null;
  /** Ids of accounts here, the first one first. */
  assignees: string[];
  /** Names of assignees without an account here. */
  people: string[];
  labels: string[];
}

export interface PlanTask {
  external_id: string;
  parent: string | null;
  url: string | null;
  rank: string;
  links: { name: string; url: string }[];
  creator: ExternalActor | null;
  created_at: string | null;
  updated_at: string | null;
  /** As it was made; `history` leads from here to `final` without a gap. */
  initial: TaskState;
  final: TaskState;
  history: PlanChange[];
  comments: PlanComment[];
  /** Its source objects word for word; null for what another task's raw data includes. */
  raw: Record<string, unknown> | null;
}

export interface PlanChange {
  /** Null: nobody knows; the time of the import. */
  at: string | null;
  actor: ExternalActor | null;
  before: Partial<TaskState>;
  after: Partial<TaskState>;
}

export interface PlanComment {
  external_id: string;
  author: ExternalActor;
  content: string;
  created_at: string;
  edited_at: string | null;
}

export interface RawPart {
  kind: string;
  raw: unknown;
}
