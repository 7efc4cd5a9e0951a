import type { Foreign } from './foreign.ts';
import type { JsonObject, Source } from './source.ts';

/** A Trello export as read: what is missing or unreadable is null. `source` keeps the account of each object. */
export interface TrelloBoard {
  source: Source;
  /** Every object of the file, for the ledger. */
  sources: Source[];
  name: string;
  url: string | null;
  /** Names of labels by colour, as old exports have them. */
  labelNames: ReadonlyMap<string, string>;
  lists: TrelloList[];
  members: TrelloMember[];
  labels: TrelloLabel[];
  cards: TrelloCard[];
  checklists: TrelloChecklist[];
  actions: TrelloAction[];
}

export interface TrelloList {
  source: Source;
  id: string | null;
  name: string | null;
  closed: boolean;
  pos: number;
  color: string | null;
}

export interface TrelloMember {
  source: Source;
  id: string | null;
  name: string | null;
  username: string | null;
  email: string | null;
}

export interface TrelloLabel {
  source: Source;
  id: string | null;
  name: string | null;
  color: string | null;
}

export interface TrelloCard {
  source: Source;
  /** Its own id, or one made from its place in the file. */
  id: string;
  title: string | null;
  description: string | null;
  listId: string | null;
  closed: boolean;
  pos: number;
  due: string | null;
  start: string | null;
  dueComplete: boolean;
  completedAt: string | null;
  lastActivity: string | null;
  url: string | null;
  memberIds: string[];
  labelIds: string[];
  labels: TrelloLabel[];
  labelColors: string[];
  attachments: TrelloAttachment[];
  /** Ids of check items that are complete, where the card says so. */
  completeItems: ReadonlySet<string>;
}

export interface TrelloAttachment {
  source: Source;
  name: string;
  url: string;
}

export interface TrelloChecklist {
  source: Source;
  id: string | null;
  cardId: string | null;
  name: string | null;
  pos: number;
  items: TrelloCheckItem[];
}

export interface TrelloCheckItem {
  source: Source;
  id: string | null;
  title: string | null;
  complete: boolean | null;
  due: string | null;
  memberId: string | null;
  pos: number;
}

export interface TrelloAction {
  source: Source;
  id: string | null;
  type: string;
  date: string | null;
  actorId: string | null;
  actorName: string | null;
  data: JsonObject;
  text: Foreign | null;
  editedAt: string | null;
  cardId: string | null;
}
