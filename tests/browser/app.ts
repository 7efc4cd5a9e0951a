import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { buildWebWhenStale } from '../../scripts/web-build.ts';
import { axe, launchBrowser, newPage, type PageOptions, screenshot } from '../setup/browser.ts';
import { startTestGantry, type TestGantry, type TestPerson } from '../setup/gantry.ts';
import { say } from '../setup/say.ts';

const repository = resolve(import.meta.dirname, '../..');

/** The page of one person, and everything that went wrong in it. */
export interface Screen {
  page: Page;
  /** Errors of the console, refused or failed requests, violations of the content security policy. */
  faults: string[];
  /** While true, requests may fail: the network is away on purpose. */
  away: boolean;
  goto(path: string): Promise<void>;
}

export interface App {
  gantry: TestGantry;
  browser: Browser;
  /** A window of somebody signed in, or of nobody yet. */
  open(person: TestPerson | null, options?: PageOptions): Promise<Screen>;
  /** After a test: closes its windows; of a failed one it keeps pictures and says what went wrong in them. */
  tidy(failed: string | null): Promise<void>;
  stop(): Promise<void>;
}

/** The platform with its web app, and a browser. */
export async function startApp(): Promise<App> {
  // A copy: a build that happens meanwhile does not take the files away under a running test.
  const webDist = await mkdtemp(join(tmpdir(), 'gantry-test-web-'));
  const built = await buildWebWhenStale({ say: () => {} });
  if (built === undefined) throw new Error('there is no web app to test');
  await cp(built, webDist, { recursive: true });
  const [gantry, browser] = await Promise.all([
    startTestGantry({ shape: 'together', env: { WEB_DIST: webDist } }),
    launchBrowser(),
  ]);
  const screens = new Set<Screen>();
  return {
    gantry,
    browser,
    async open(person, options) {
      const screen = await openScreen(gantry, browser, person, options);
      screens.add(screen);
      return screen;
    },
    async tidy(failed) {
      for (const [n, screen] of [...screens].entries()) {
        if (failed !== null && !screen.page.isClosed()) {
          say(
            `window ${n + 1} of "${failed}" at ${screen.page.url()}: ${screen.faults.join('; ') || 'no fault'}`,
          );
          const name = `failed-${failed.replace(/\W+/g, '-').slice(0, 60)}-${n + 1}`;
          await screenshot(screen.page, name).catch(() => {});
        }
        await screen.page.context().close();
      }
      screens.clear();
    },
    async stop() {
      await browser.close();
      await gantry.stop();
      await rm(webDist, { recursive: true, force: true });
    },
  };
}

async function openScreen(
  gantry: TestGantry,
  browser: Browser,
  person: TestPerson | null,
  options: PageOptions = {},
): Promise<Screen> {
  const page = await newPage(browser, { width: 1440, height: 900, baseURL: gantry.url, ...options });
  page.context().setDefaultTimeout(30_000);
  const screen: Screen = {
    page,
    faults: [],
    away: false,
    goto: async (path) => {
      await page.goto(path);
    },
  };
  const fault = (text: string) => {
    if (!screen.away) screen.faults.push(text);
  };
  if (person) {
    const [name = '', ...value] = person.cookie.split('=');
    await page.context().addCookies([{ name, value: value.join('='), url: gantry.url }]);
  }
  // Nobody is signed in on the first screens, and asking is how the app finds out.
  const isAsking = (url: string) => url.endsWith('/api/v1/auth/session');
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAsking(message.location().url)) fault(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => fault(`thrown: ${error.message}`));
  page.on('requestfailed', (request) => {
    // Leaving a page ends its requests.
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') fault(`failed: ${request.method()} ${request.url()} ${reason}`);
  });
  page.on('response', (answer) => {
    if (answer.status() < 400 || (answer.status() === 401 && isAsking(answer.url()))) return;
    fault(`${answer.status()}: ${answer.request().method()} ${answer.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const text = `CSP: ${event.violatedDirective} ${event.blockedURI}`;
      // biome-ignore lint/suspicious/noConsole: in the page under test; the console is what we listen to
      console.error(text);
    });
  });
  return screen;
}

export function column(page: Page, name: string): Locator {
  return page.locator(`section[data-column][aria-label^="${name}, "]`);
}

export function card(page: Page, title: string): Locator {
  return page.locator('a[data-card]', { hasText: title });
}

/** The board as it is on the screen: columns with their names and counts, and the cards one can see. */
export function boardOf(page: Page): Promise<{ name: string; cards: string[] }[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('section[data-column]')].map((section) => ({
      name: section.getAttribute('aria-label') ?? '',
      cards: [...section.querySelectorAll('li')]
        .map((item) => ({ at: Number(item.dataset.index), text: item.querySelector('a')?.textContent ?? '' }))
        .sort((a, b) => a.at - b.at)
        .slice(0, 6)
        .map((item) => item.text),
    })),
  );
}

/** Drags with the mouse, slowly enough for the browser to see a drag. */
export async function drag(page: Page, from: Locator, to: Locator, at: 'top' | 'bottom'): Promise<void> {
  await from.scrollIntoViewIfNeeded();
  const [a, b] = [await from.boundingBox(), await to.boundingBox()];
  if (!a || !b) throw new Error('nothing to drag, or nowhere to drop');
  const target = { x: b.x + b.width / 2, y: b.y + (at === 'top' ? 8 : b.height - 8) };
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(a.x + a.width / 2 + 8, a.y + a.height / 2 + 8, { steps: 4 });
  await page.mouse.move(target.x, target.y, { steps: 12 });
  await page.mouse.move(target.x + 1, target.y, { steps: 2 });
  await page.mouse.up();
}

/** As expect.poll, with patience for a busy machine. */
export const soon = <T>(look: () => T | Promise<T>, timeout = 30_000) => expect.poll(look, { timeout });

/** Nothing axe objects to on the screen as it is now. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  expect(await axe(page), name).toEqual([]);
}

/**
 * A picture in test-results/, and in docs/screenshots/ too when GANTRY_UPDATE_SCREENSHOTS=1, for those that the
 * documents show.
 */
export async function picture(page: Page, name: string, options: { document?: boolean } = {}): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  const path = await screenshot(page, name);
  if (!options.document || process.env.GANTRY_UPDATE_SCREENSHOTS !== '1') return;
  const folder = join(repository, 'docs', 'screenshots');
  await mkdir(folder, { recursive: true });
  await cp(path, join(folder, `${name}.png`));
}
