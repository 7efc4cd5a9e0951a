import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const repository = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

export type PageOptions = {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  /** Relative addresses in `page.goto` start here. */
  baseURL?: string;
  /** Fingers instead of a mouse. */
  touch?: boolean;
};

export type AxeFinding = { id: string; impact: string | null; help: string; nodes: string[] };

/**
 * Starts the Chromium that came inside the npm package; nothing needs to be installed on the machine. Unpacks it
 * on first use (about 5 s). Throws, with what Chromium said, when it does not start.
 */
export async function launchBrowser(): Promise<Browser> {
  const folder = await unpackChromium();
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    headless: true,
    // Its sandbox needs an ordinary user and kernel settings that containers seldom have; it sees our pages only.
    chromiumSandbox: false,
    args: [
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage', // containers give /dev/shm 64 MB
      '--font-render-hinting=none',
      '--force-color-profile=srgb',
    ],
    env: { ...process.env, ...libraries(folder) },
  });
}

/** Runs `use` with a browser of its own and closes it whatever happens. */
export async function withBrowser<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launchBrowser();
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/**
 * A page in a context of its own: other cookies and storage than any other page, as on another person's machine.
 * Close it with `page.context().close()`.
 */
export async function newPage(browser: Browser, options: PageOptions = {}): Promise<Page> {
  const { width = 1280, height = 800, colorScheme = 'light', baseURL, touch = false } = options;
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    hasTouch: touch,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...(baseURL !== undefined && { baseURL }),
  });
  context.setDefaultTimeout(15_000);
  return context.newPage();
}

/**
 * Everything axe objects to on the page as it is now (WCAG 2.2 A and AA and best practices), with the selectors
 * of the elements concerned. Empty is what tests expect.
 */
export async function axe(page: Page): Promise<AxeFinding[]> {
  const source = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated, not added as a script element: a page's content security policy rightly refuses those.
  await page.evaluate(source);
  return page.evaluate(async () => {
    type Result = { id: string; impact: string | null; help: string; nodes: { target: unknown[] }[] };
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Result[] }> } };
    const { violations } = await axe.run();
    return violations.map(({ id, impact, help, nodes }) => ({
      id,
      impact,
      help,
      nodes: nodes.map((node) => node.target.join(' ')),
    }));
  });
}

/** Writes test-results/<name>.png and returns its path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const path = join(repository, 'test-results', `${name}.png`);
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: 'disabled' });
  return path;
}

/** The package brings the system libraries slim machines lack (NSS and friends), and a font for those without any. */
function libraries(folder: string): Record<string, string> {
  const paths = [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  const fonts: Record<string, string> = existsSync('/etc/fonts/fonts.conf')
    ? {}
    : { FONTCONFIG_PATH: join(folder, 'fonts') };
  return { LD_LIBRARY_PATH: paths, ...fonts };
}

/**
 * The package unpacks into the temporary folder and takes a half-written file for a finished one. Given a folder of
 * its own that appears under its final name only when complete, any number of test runs may do this at once.
 */
async function unpackChromium(): Promise<string> {
  const entry = require.resolve('@sparticuz/chromium');
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const folder = join(repository, 'node_modules', '.cache', `chromium-${version}`);
  if (existsSync(join(folder, 'chromium'))) return folder;

  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  const program = `
    const { inflate } = await import(${JSON.stringify(entry)});
    const archives = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'];
    await Promise.all(archives.map((name) => inflate(${JSON.stringify(join(packageFolder, 'bin'))} + '/' + name)));
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: draft },
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`Chromium could not be unpacked: ${result.stderr}`);
  await rename(draft, folder).catch(() => rm(draft, { recursive: true })); // another run was faster
  return folder;
}
