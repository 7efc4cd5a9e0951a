/** Writes the Trello board the tests import. The same file comes out every time: `node scripts/make-trello-fixture.ts`. */
import { writeFileSync } from 'node:fs';
import { makeTrelloBoard } from '../tests/fixtures/trello/make-board.ts';

const file = new URL('../tests/fixtures/trello/board-240-cards.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(makeTrelloBoard({ cards: 240 }))}\n`);
