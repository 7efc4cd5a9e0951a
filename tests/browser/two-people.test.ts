import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { say } from '../setup/say.ts';
import { type App, card, column, drag, type Screen, soon, startApp } from './app.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterEach(({ task }) => app?.tidy(task.result?.state === 'fail' ? task.name : null));
afterAll(() => app?.stop());

/** Ada and Ben with a board of three cards in “To do”, open in a window of each. */
async function aSharedBoard() {
  const [ada, ben] = await Promise.all([
    app.gantry.signUp({ first_name: 'Ada', last_name: 'Lang' }),
    app.gantry.signUp({ first_name: 'Ben', last_name: 'Okoro' }),
  ]);
  await app.gantry.addToWorkspace(ada, ben, 'member');
  const project = await ada.api.createProject({
    body: { workspace_id: ada.workspace.id, name: 'Quay', key: 'QUA' },
  });
  const params = { project_id: project.id };
  for (const title of ['Rope', 'Anchor', 'Buoy']) await ada.api.createTask({ params, body: { title } });
  const [one, two] = await Promise.all([app.open(ada), app.open(ben)]);
  await Promise.all([one, two].map((screen) => screen.goto('/p/QUA')));
  await Promise.all([one, two].map(({ page }) => card(page, 'Buoy').waitFor()));
  const tasks = async () => (await ada.api.listTasks({ params, query: { limit: 200 } })).data;
  return { ada, ben, params, one, two, tasks };
}

const titles = (page: Page, name: string) =>
  column(page, name)
    .locator('li')
    .evaluateAll((items) =>
      items
        .sort((a, b) => Number(a.dataset.index) - Number(b.dataset.index))
        .map((item) => item.querySelector('a span:last-child')?.textContent),
    );

const announcement = (page: Page) => page.locator('[role="status"][aria-live="polite"]').last();

function expectNoFaults(...screens: Screen[]): void {
  expect(screens.flatMap((screen) => screen.faults)).toEqual([]);
}

describe('two people on one board', () => {
  test('a card moved with the keyboard is announced, keeps the focus, and moves for the other', async () => {
    const { one, two } = await aSharedBoard();
    await card(one.page, 'Anchor').focus();
    await one.page.keyboard.press('Alt+ArrowRight');
    await soon(() => announcement(one.page).textContent()).toMatch(
      /QUA-\d moved to In progress, position 1 of 1/,
    );
    await soon(() => titles(two.page, 'In progress')).toEqual(['Anchor']);
    await soon(() => one.page.evaluate(() => document.activeElement?.textContent)).toMatch(/Anchor/);
    await one.page.keyboard.press('Alt+ArrowLeft');
    await soon(() => announcement(one.page).textContent()).toMatch(/moved to To do, position 1 of 3/);
    await one.page.keyboard.press('Alt+ArrowDown');
    await soon(() => titles(two.page, 'To do')).toEqual(['Rope', 'Anchor', 'Buoy']);
    expectNoFaults(one, two);
  });

  test('cards dragged by both at once end in the same order on both screens', async () => {
    const { one, two, tasks } = await aSharedBoard();
    await Promise.all([
      drag(one.page, card(one.page, 'Rope'), column(one.page, 'In progress'), 'bottom'),
      drag(two.page, card(two.page, 'Buoy'), column(two.page, 'In progress'), 'bottom'),
    ]);
    await soon(async () => (await tasks()).filter((t) => t.status === 'in_progress').length).toBe(2);
    await soon(async () => (await titles(one.page, 'In progress')).length).toBe(2);
    const order = await titles(one.page, 'In progress');
    await soon(() => titles(two.page, 'In progress')).toEqual(order);
    expectNoFaults(one, two);
  });

  test('quick add writes cards one after another, below each other', async () => {
    const { one, two } = await aSharedBoard();
    await one.page.keyboard.press('c');
    const field = one.page.getByLabel('Title of the new task');
    for (const title of ['First', 'Second', 'Third']) {
      await field.fill(title);
      await field.press('Enter');
    }
    await field.press('Escape');
    const wanted = ['First', 'Second', 'Third', 'Rope', 'Anchor', 'Buoy'];
    await soon(() => titles(one.page, 'To do')).toEqual(wanted);
    await soon(() => titles(two.page, 'To do')).toEqual(wanted);
    await soon(() => card(two.page, 'Third').textContent()).toMatch(/QUA-\d/);
    expectNoFaults(one, two);
  });

  test('a title one is writing is not touched by what the other does; comments appear at once', async () => {
    const { one, two, tasks } = await aSharedBoard();
    await card(one.page, 'Rope').click();
    await card(two.page, 'Rope').click();
    const [mine, theirs] = [
      one.page.getByLabel('Title', { exact: true }),
      two.page.getByLabel('Title', { exact: true }),
    ];
    await mine.click();
    await mine.fill('Rope, forty met');
    await theirs.click();
    await theirs.fill('Cable');
    await theirs.press('Enter');
    await soon(async () => (await tasks()).map((task) => task.title)).toContain('Cable');
    await mine.pressSequentially('res');
    expect(await mine.inputValue()).toBe('Rope, forty metres');
    await mine.press('Enter');
    await soon(() => theirs.inputValue()).toBe('Rope, forty metres');
    await soon(async () => (await tasks()).map((task) => task.title)).toContain('Rope, forty metres');

    const comment = two.page.getByLabel('Comment', { exact: true });
    await comment.fill('Is **forty** enough?');
    const began = performance.now();
    await two.page.getByRole('button', { name: 'Send comment' }).click();
    const seen = one.page.getByRole('article', { name: 'Comment by Ben Okoro' });
    await seen.getByText('enough?').waitFor();
    say(`a comment was on the other screen after ${Math.round(performance.now() - began)} ms`);
    expect(await seen.locator('strong').textContent()).toBe('forty');
    await soon(() => one.page.getByRole('region', { name: /Here now/ }).getAttribute('aria-label')).toMatch(
      /Ben Okoro/,
    );
    expectNoFaults(one, two);
  });

  test('without a network writes wait in sight, and are sent once when it is back', async () => {
    const { one, two, tasks } = await aSharedBoard();
    one.away = true;
    await one.page.context().setOffline(true);
    await one.page.keyboard.press('c');
    const field = one.page.getByLabel('Title of the new task');
    await field.fill('Written on the ferry');
    await field.press('Enter');
    await field.press('Escape');
    await card(one.page, 'Buoy').focus();
    await one.page.keyboard.press('Alt+ArrowRight');
    await one.page.getByText('2 changes waiting').waitFor();
    expect(await titles(one.page, 'In progress')).toEqual(['Buoy']);
    expect((await tasks()).map((task) => task.title)).not.toContain('Written on the ferry');

    await one.page.context().setOffline(false);
    await soon(() => titles(two.page, 'In progress')).toEqual(['Buoy']);
    await soon(() => titles(two.page, 'To do')).toEqual(['Written on the ferry', 'Rope', 'Anchor']);
    await one.page.getByText('changes waiting').waitFor({ state: 'detached' });
    expect((await tasks()).filter((task) => task.title === 'Written on the ferry')).toHaveLength(1);
    one.away = false;
    await one.page.reload();
    await soon(() => titles(one.page, 'To do')).toEqual(['Written on the ferry', 'Rope', 'Anchor']);
    expectNoFaults(one, two);
  });

  test('a save that fails keeps what was written', async () => {
    const { one, tasks } = await aSharedBoard();
    one.away = true;
    const { page } = one;
    await card(page, 'Rope').click();
    const problem = (status: number) => ({
      status,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'about:blank',
        title: 'No',
        status,
        code: status === 503 ? 'unavailable' : 'invalid_request',
        detail: 'Not like this.',
      }),
    });
    await page.route('**/comments', (route) =>
      route.request().method() === 'POST' ? route.fulfill(problem(422)) : route.continue(),
    );
    const comment = page.getByLabel('Comment', { exact: true });
    await comment.fill('Three paragraphs of thought');
    await page.getByRole('button', { name: 'Send comment' }).click();
    await page.getByText(/Could not comment on QUA-\d/).waitFor();
    await soon(() => comment.inputValue()).toBe('Three paragraphs of thought');

    let refusals = 0;
    await page.route('**/api/v1/tasks/*', (route) =>
      route.request().method() === 'PATCH' && refusals++ < 2 ? route.fulfill(problem(503)) : route.continue(),
    );
    const title = page.getByLabel('Title', { exact: true });
    await title.fill('Rope that holds');
    await title.press('Enter');
    await page.getByText('1 change waiting').waitFor();
    expect(await title.inputValue()).toBe('Rope that holds');
    await soon(async () => (await tasks()).map((task) => task.title)).toContain('Rope that holds');
    await page.getByText('change waiting').waitFor({ state: 'detached' });
  });

  test('somebody who is removed while they look is told so within a second', async () => {
    const { ada, ben, one, two } = await aSharedBoard();
    two.away = true;
    await ada.api.removeWorkspaceMember({ params: { workspace_id: ada.workspace.id, user_id: ben.user.id } });
    const removed = performance.now();
    await two.page.getByText('You no longer have access to this project').waitFor();
    const ms = Math.round(performance.now() - removed);
    say(`a removed person's screen said so after ${ms} ms`);
    expect(ms).toBeLessThan(1_500);
    expect(await two.page.locator('a[data-card]').count()).toBe(0);
    expectNoFaults(one);
  });
});
