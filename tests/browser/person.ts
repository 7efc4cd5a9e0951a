import type { Session } from '@gantry/contracts/users';
import type { Page } from 'playwright-core';
import { personOf, type TestGantry, type TestPerson } from '../setup/gantry.ts';

/** Whoever is signed in on a page, to be used by the API as well. */
export async function personOnPage(gantry: TestGantry, page: Page): Promise<TestPerson> {
  const cookies = await page.context().cookies(gantry.url);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const person = personOf(gantry.url, cookie);
  const session = (await (await person.fetch('/api/v1/auth/session')).json()) as Session;
  const [workspace] = session.workspaces;
  if (!workspace) throw new Error('nobody is signed in on this page');
  return { ...person, user: session.user, workspace, password: '' };
}
