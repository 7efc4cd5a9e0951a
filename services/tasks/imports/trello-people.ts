import type { ExternalActor } from '@gantry/contracts';
import { foreignId, foreignLine, own } from './foreign.ts';
import type { TrelloBoard, TrelloMember } from './trello-board.ts';

/** A person who can see the project, as matching needs them. */
export interface Candidate {
  id: string;
  username: string;
  email: string;
  name: string;
}

/**
 * Which member of the board is which account: by e-mail, then user name, then full name. A name two people share
 * matches nobody, and nobody is matched twice.
 */
export function matchPeople(
  members: readonly TrelloMember[],
  people: readonly Candidate[],
): Map<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const rounds: [(m: TrelloMember) => string | null, (p: Candidate) => string][] = [
    [(m) => m.email, (p) => p.email],
    [(m) => m.username, (p) => p.username],
    [(m) => m.name, (p) => p.name],
  ];
  for (const [theirs, ours] of rounds) {
    const byKey = Map.groupBy(people, (p) => fold(ours(p)));
    const memberKeys = Map.groupBy(members, (m) => fold(theirs(m) ?? ''));
    for (const member of members) {
      const key = fold(theirs(member) ?? '');
      const [person, second] = byKey.get(key) ?? [];
      const alone = person !== undefined && second === undefined && memberKeys.get(key)?.length === 1;
      if (member.id === null || key === '' || !alone || found.has(member.id) || taken.has(person.id))
        continue;
      found.set(member.id, person.id);
      taken.add(person.id);
    }
  }
  return found;
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** Names of everybody the file knows: members, and people who only appear in its actions. */
export function peopleNames(board: TrelloBoard): Map<string, string> {
  const names = new Map<string, string>();
  for (const action of board.actions) {
    if (action.actorId !== null && action.actorName !== null) names.set(action.actorId, action.actorName);
    const member = action.source.get('member');
    const id = foreignId(own(member, 'id'));
    const name = foreignLine(own(member, 'fullName') ?? own(member, 'username'), 100)?.text;
    if (id !== null && name !== undefined) names.set(id, name);
  }
  for (const member of board.members) {
    const name = member.name ?? member.username;
    if (member.id !== null && name !== null) names.set(member.id, name);
  }
  return names;
}

/** Who did something over there, as text. */
export function externalActor(id: string | null, name: string | null): ExternalActor {
  return { source: 'trello', ...(id === null ? {} : { id }), name: name ?? 'Unknown' };
}
