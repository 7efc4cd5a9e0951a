import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../setup/gantry.ts';
import { say } from '../setup/say.ts';
import { type App, boardOf, drag, expectAccessible, picture, type Screen, soon, startApp } from './app.ts';
import { personOnPage } from './person.ts';

const sharedData = process.env.GANTRY_SHARED_DATA ?? resolve(import.meta.dirname, '../../../shared/data');
const boards = [
  {
    name: 'our own board of 240 cards',
    file: resolve(import.meta.dirname, '../fixtures/trello/board-240-cards.json'),
  },
  { name: "a real team's board of 67 cards", file: join(sharedData, 'trello-board-67-cards.json') },
];

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterEach(({ task }) => app?.tidy(task.result?.state === 'fail' ? task.name : null));
afterAll(() => app?.stop());

describe('from nothing to a board two people share', () => {
  for (const { name, file } of boards) {
    test.skipIf(!existsSync(file))(
      `sign up, import ${name}, drag a card, a second person sees it`,
      async () => {
        const ada = await app.open(null);
        await signUp(ada, file);
        const ledger = await importBoard(ada.page, file);
        await expectImported(file, ledger);

        const ben = await app.gantry.signUp({ first_name: 'Ben', last_name: 'Okoro' });
        const owner = await personOnPage(app.gantry, ada.page);
        await app.gantry.addToWorkspace(owner, ben, 'member');
        const other = await openAs(ben, new URL(ada.page.url()).pathname);
        await soon(() => boardOf(other.page)).toEqual(await boardOf(ada.page));
        await expectAccessible(ada.page, 'imported board');
        await picture(ada.page, `board-imported-${file.includes('67') ? 'real' : 'own'}`);

        const moved = await dragFirstCard(ada.page);
        const dropped = performance.now();
        await soon(() => placeOf(other.page, moved.id)).toEqual(moved.to);
        say(
          `a card dropped in one browser was in its column in the other ${Math.round(performance.now() - dropped)} ms later`,
        );
        const here = await boardOf(ada.page);
        await soon(() => boardOf(other.page)).toEqual(here);

        await Promise.all([ada.page.reload(), other.page.reload()]);
        await soon(() => boardOf(ada.page)).toEqual(here);
        await soon(() => boardOf(other.page)).toEqual(here);
        expect([...ada.faults, ...other.faults]).toEqual([]);
      },
    );
  }
});

async function openAs(person: TestPerson, path: string): Promise<Screen> {
  const screen = await app.open(person);
  await screen.goto(path);
  return screen;
}

async function signUp({ page, goto }: Screen, seed: string): Promise<void> {
  await goto('/');
  await page.getByRole('link', { name: /sign up|create an account|create one/i }).click();
  await page.getByLabel('First name').fill('Ada');
  await page.getByLabel('Last name (optional)').fill('Lang');
  await page.getByLabel('E-mail').fill(`ada-${seed.length}-${Date.now()}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByLabel('Workspace (optional)').fill('Harbour');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Start your first project' }).waitFor();
}

/** Dry run, ledger, import, board. Gives the text of the ledger's last line. */
async function importBoard(page: Page, file: string): Promise<string> {
  await page.getByRole('main').getByRole('link', { name: 'Import from Trello' }).click();
  await page.getByLabel('Trello export file').setInputFiles(file);
  await page.getByRole('button', { name: 'Start dry run' }).click();
  await page.getByRole('heading', { name: 'This is what will come' }).waitFor({ timeout: 60_000 });
  await page.getByText('Reconciled: mapped, kept raw and lost add up').waitFor();
  await page.getByRole('button', { name: 'Import for real' }).click();
  await page.getByRole('heading', { name: 'Imported', exact: true }).waitFor({ timeout: 60_000 });
  const counts = await page.locator('dl').first().textContent();
  await page.getByRole('button', { name: 'Open the board' }).click();
  await page.locator('a[data-card]').first().waitFor();
  return counts ?? '';
}

async function expectImported(file: string, counts: string): Promise<void> {
  const board = JSON.parse(await readFile(file, 'utf8')) as { cards: unknown[] };
  expect(counts.replace(/\s+/g, ' ')).toContain(`tasks${board.cards.length}`);
}

/** Drags the first card of a column to the top of the next that has cards; says which and where to. */
async function dragFirstCard(page: Page): Promise<{ id: string; to: { column: string; at: number } }> {
  const columns = page.locator('section[data-column]:has(a[data-card])');
  const [from, to] = [columns.nth(0), columns.nth(1)];
  const source = from.locator('li[data-index="0"] a[data-card]');
  const id = (await source.getAttribute('data-card')) ?? '';
  const target = to.locator('li[data-index="0"]');
  await drag(page, source, target, 'top');
  const columnId = (await to.getAttribute('data-column')) ?? '';
  await soon(() => placeOf(page, id)).toEqual({ column: columnId, at: 0 });
  return { id, to: { column: columnId, at: 0 } };
}

function placeOf(page: Page, cardId: string): Promise<{ column: string; at: number } | null> {
  return page.evaluate((id) => {
    const link = document.querySelector(`a[data-card="${id}"]`);
    const item = link?.closest('li');
    const section = link?.closest<HTMLElement>('[data-column]');
    return item && section ? { column: section.dataset.column ?? '', at: Number(item.dataset.index) } : null;
  }, cardId);
}
