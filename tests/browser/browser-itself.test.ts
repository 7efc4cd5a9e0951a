import { expect, test } from 'vitest';
import { axe, newPage, screenshot, withBrowser } from '../setup/browser.ts';

test('real Chromium starts from the npm package, finds faults of accessibility, and takes pictures', async () => {
  await withBrowser(async (browser) => {
    const page = await newPage(browser, { width: 390, height: 300, colorScheme: 'dark' });
    await page.setContent(
      '<!doctype html><html lang="en"><title>Hello</title><main><h1>Ünïcode 你好 🎉</h1><img src="data:,"></main></html>',
    );
    expect(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
    expect((await axe(page)).map((finding) => finding.id)).toEqual(['image-alt']);
    expect(await screenshot(page, 'browser-itself')).toMatch(/\.png$/);
  });
});
