import { createContext, useContext } from 'react';
import type { PersonFace } from '../../entities/people.ts';

/** What every card and column needs and none of them changes. */
export interface BoardContextValue {
  projectKey: string;
  people: ReadonlyMap<string, PersonFace>;
  mayEdit: boolean;
  mayCreate: boolean;
  userId: string;
  open(taskId: string): void;
  register(statusId: string, handle: ColumnHandle | null): void;
}

/** What the board can ask of a column. */
export interface ColumnHandle {
  ids(): readonly string[];
  /** Scrolls a card into view and focuses it. */
  focus(taskId: string): void;
  compose(): void;
}

export const BoardContext = createContext<BoardContextValue | null>(null);

export function useBoard(): BoardContextValue {
  const board = useContext(BoardContext);
  if (!board) throw new Error('No board around this component');
  return board;
}
