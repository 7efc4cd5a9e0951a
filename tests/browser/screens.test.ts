import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type App, card, expectAccessible, picture, type Screen, startApp } from './app.ts';
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

/** Pictures the documents show. */
const SHOWN = new Set(['board', 'board-dark', 'board-phone', 'task', 'task-phone-dark', 'sign-in']);

interface View {
  name: string;
  path: string;
  /** Waits until the screen is what it shall be. */
  ready(page: Page): Promise<unknown>;
}

const isBoard = async (page: Page) => {
  await card(page, 'Seat map').waitFor();
  await page.getByRole('region', { name: /Here now: Ben/ }).waitFor();
};
const heading = (name: string) => (page: Page) => page.getByRole('heading', { name }).first().waitFor();

/** Screens for those who are not signed in. */
const doors: View[] = [
  { name: 'sign-in', path: '/sign-in', ready: heading('Sign in') },
  { name: 'sign-up', path: '/sign-up', ready: (page) => page.getByLabel('First name').waitFor() },
];

function views(): View[] {
  return [
    { name: 'board', path: '/p/FRY', ready: isBoard },
    {
      name: 'task',
      path: `/p/FRY/t/${show.rich}`,
      ready: (page) => page.getByText('Could you try again').waitFor(),
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
    // Nothing sticks out: only the board scrolls sideways, and in its own frame.
    expect(await screen.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    await picture(screen.page, `${view.name}${suffix}`, { document: SHOWN.has(`${view.name}${suffix}`) });
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

let ben: Promise<Screen> | undefined;

/** A colleague on the same board, in a window of his own; one for both themes. */
function benIsThere(): Promise<Screen> {
  ben ??= app.open(show.ben, { width: 800, height: 600 }).then(async (screen) => {
    await screen.goto('/p/FRY');
    await card(screen.page, 'Bicycles need').waitFor();
    return screen;
  });
  return ben;
}

type Theme = 'light' | 'dark';

/** Both themes side by side: most of the time a page is waited for. */
function inBothThemes(name: string, check: (colorScheme: Theme, suffix: string) => Promise<void>): void {
  test(name, async () => {
    await Promise.all([check('light', ''), check('dark', '-dark')]);
  });
}

describe('every screen is accessible in both themes and without a fault', () => {
  inBothThemes('before signing in', async (colorScheme, suffix) => {
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

  inBothThemes('at work', async (colorScheme, suffix) => {
    const ben = await benIsThere();
    const screen = await app.open(show.ada, { colorScheme });
    expect(await screen.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(
      colorScheme === 'dark',
    );
    await look(screen, views(), suffix);
    expect([...screen.faults, ...ben.faults]).toEqual([]);
  });

  inBothThemes('importing', async (colorScheme, suffix) => {
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
    await picture(page, `import-ledger${suffix}`, { document: colorScheme === 'light' });
    await expectAccessible(page, `import-ledger${suffix}`);
    expect(screen.faults).toEqual([]);
  });

  inBothThemes('on a phone', async (colorScheme, suffix) => {
    const screen = await app.open(show.ada, { colorScheme, width: 390, height: 844, touch: true });
    const { page } = screen;
    const isOnBoard = (p: Page) => card(p, 'Bicycles need').waitFor();
    const list = views()
      .filter(({ name }) => ['board', 'task', 'projects', 'members', 'import'].includes(name))
      .map((view) => (view.name === 'board' ? { ...view, ready: isOnBoard } : view));
    await look(screen, list, `-phone${suffix}`);
    await screen.goto('/p/FRY');
    await page.getByRole('button', { name: 'Menu', exact: true }).click();
    await page.getByRole('dialog', { name: 'Menu' }).waitFor();
    await settled(page);
    await picture(page, `menu-phone${suffix}`);
    await expectAccessible(page, `menu-phone${suffix}`);
    expect(screen.faults).toEqual([]);
  });
});
