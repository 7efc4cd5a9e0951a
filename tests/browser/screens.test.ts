import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type App, card, expectAccessible, picture, type Screen, soon, startApp } from './app.ts';
import { aShowcase, type Showcase } from './showcase.ts';

const FIXTURE = resolve(import.meta.dirname, '../fixtures/trello/board-240-cards.json');

let app: App;
let show: Showcase;
beforeAll(async () => {
  app = await startApp();
  show = await aShowcase(app.gantry);
});
afterEach(({ task }) => app?.tidy(task.result?.state === 'fail' ? task.name : null));
afterAll(() => app?.stop());

interface View {
  name: string;
  path: string;
  /** Waits until the screen is what it shall be. */
  ready(page: Page): Promise<unknown>;
  document?: boolean;
}

const isBoard = async (page: Page) => {
  await card(page, 'Seat map').waitFor();
  await page.getByRole('region', { name: /Here now: Ben/ }).waitFor();
};
const heading = (name: string) => (page: Page) => page.getByRole('heading', { name }).first().waitFor();

/** Screens for those who are not signed in. */
const doors: View[] = [
  { name: 'sign-in', path: '/sign-in', ready: heading('Sign in'), document: true },
  { name: 'sign-up', path: '/sign-up', ready: (page) => page.getByLabel('First name').waitFor() },
];

function views(): View[] {
  return [
    { name: 'board', path: '/p/FRY', ready: isBoard, document: true },
    {
      name: 'task',
      path: `/p/FRY/t/${show.rich}`,
      ready: (page) => page.getByText('Could you try again').waitFor(),
      document: true,
    },
    {
      name: 'projects',
      path: '/projects',
      ready: (page) => page.getByRole('main').getByText('Ticket machines').waitFor(),
    },
    {
      name: 'members',
      path: '/members',
      ready: (page) => page.getByRole('main').getByText('Tomas Vega').waitFor(),
    },
    { name: 'project-members', path: '/p/FRY/members', ready: heading('Members') },
    {
      name: 'import',
      path: '/import',
      ready: (page) => page.getByText('Drop a Trello export here').waitFor(),
    },
    { name: 'empty-board', path: '/p/WEB', ready: (page) => page.getByText('Add the first task').waitFor() },
    {
      name: 'no-such-task',
      path: '/p/FRY/t/FRY-999',
      ready: (page) => page.getByText('There is no task').waitFor(),
    },
    {
      name: 'no-such-project',
      path: '/p/NOPE',
      ready: (page) => page.getByRole('main').getByRole('heading').first().waitFor(),
    },
    {
      name: 'no-such-page',
      path: '/what/is/this',
      ready: (page) => page.getByRole('heading').first().waitFor(),
    },
    {
      name: 'command-menu',
      path: '/p/FRY',
      ready: async (page) => {
        await isBoard(page);
        await page.keyboard.press('Control+k');
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'shortcuts',
      path: '/p/FRY',
      ready: async (page) => {
        await isBoard(page);
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'create-project',
      path: '/projects',
      ready: async (page) => {
        await page.getByRole('main').getByRole('button', { name: 'Create project' }).click();
        await page.getByRole('dialog', { name: 'Create project' }).waitFor();
      },
    },
    {
      name: 'picking-labels',
      path: '/p/FRY',
      ready: async (page) => {
        await isBoard(page);
        await card(page, 'Winter timetable').focus();
        await page.keyboard.press('l');
        await page.getByRole('listbox').or(page.getByRole('dialog')).first().waitFor();
      },
    },
  ];
}

async function look(screen: Screen, list: View[], suffix: string): Promise<void> {
  for (const view of list) {
    await screen.goto(view.path);
    await view.ready(screen.page);
    await settled(screen.page);
    await picture(screen.page, `${view.name}${suffix}`, { document: view.document ?? false });
    await expectAccessible(screen.page, `${view.name}${suffix}`);
  }
}

/** Until nothing moves any more: fading text has less contrast than it will have. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((one) => one.effect?.getTiming().iterations !== Number.POSITIVE_INFINITY)
        .map((one) => one.finished.catch(() => undefined)),
    ).then(() => undefined),
  );
}

describe.each(['light', 'dark'] as const)('every screen, %s', (colorScheme) => {
  const suffix = colorScheme === 'light' ? '' : '-dark';

  test('before signing in', async () => {
    const screen = await app.open(null, { colorScheme });
    await look(screen, doors, suffix);
    await screen.goto('/sign-in');
    await screen.page.getByLabel('E-mail or username').fill('nobody@example.com');
    await screen.page.getByLabel('Password', { exact: true }).fill('not the password');
    screen.away = true;
    await screen.page.getByRole('button', { name: 'Sign in' }).click();
    await screen.page.getByRole('alert').first().waitFor();
    await expectAccessible(screen.page, `sign-in refused${suffix}`);
    expect(screen.faults).toEqual([]);
  });

  test('at work', async () => {
    const ben = await app.open(show.ben, { width: 800, height: 600 });
    await ben.goto('/p/FRY');
    const screen = await app.open(show.ada, { colorScheme });
    expect(await screen.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(
      colorScheme === 'dark',
    );
    await look(screen, views(), suffix);
    expect(screen.faults).toEqual([]);
  });

  test('importing', async () => {
    const person = await app.gantry.signUp({ first_name: 'Ines', last_name: 'Roth', workspace_name: 'Yard' });
    const screen = await app.open(person, { colorScheme });
    const { page } = screen;
    await screen.goto('/projects');
    await page.getByRole('heading', { name: 'Start your first project' }).waitFor();
    await settled(page);
    await picture(page, `first-project${suffix}`);
    await expectAccessible(page, `first-project${suffix}`);
    await screen.goto('/import');
    await page.getByLabel('Trello export file').setInputFiles(FIXTURE);
    await page.getByRole('button', { name: 'Start dry run' }).waitFor();
    await expectAccessible(page, `import form${suffix}`);
    await page.getByRole('button', { name: 'Start dry run' }).click();
    await page.getByRole('heading', { name: 'This is what will come' }).waitFor({ timeout: 60_000 });
    await settled(page);
    await picture(page, `import-ledger${suffix}`, { document: true });
    await expectAccessible(page, `import-ledger${suffix}`);
    expect(screen.faults).toEqual([]);
  });

  test('on a phone', async () => {
    const screen = await app.open(show.ada, { colorScheme, width: 390, height: 844, touch: true });
    const { page } = screen;
    const names = ['board', 'task', 'projects', 'members', 'import'];
    await look(
      screen,
      views()
        .filter((view) => names.includes(view.name))
        .map((view) =>
          view.name === 'board' ? { ...view, ready: (p) => card(p, 'Bicycles need').waitFor() } : view,
        ),
      `-phone${suffix}`,
    );
    for (const path of ['/p/FRY', `/p/FRY/t/${show.rich}`, '/projects', '/members', '/import']) {
      await screen.goto(path);
      await page.getByRole('main').waitFor();
      await soon(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    }
    await screen.goto('/p/FRY');
    await page.getByRole('button', { name: 'Menu', exact: true }).click();
    await page.getByRole('dialog', { name: 'Menu' }).waitFor();
    await settled(page);
    await picture(page, `menu-phone${suffix}`);
    await expectAccessible(page, `menu-phone${suffix}`);
    expect(screen.faults).toEqual([]);
  });
});
