import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGantry, type TestGantry } from '../../tests/setup/gantry.ts';

let gantry: TestGantry;
beforeAll(async () => {
  gantry = await startTestGantry();
});
afterAll(() => gantry?.stop());

describe('accounts', () => {
  it('signs up', async () => {
    const person = await gantry.signUp({ first_name: 'Ada', last_name: 'Byron', username: 'Ada.B' });
    expect(person.user).toMatchObject({
      first_name: 'Ada',
      name: 'Ada Byron',
      username: 'Ada.B',
      role: 'admin',
      version: 1,
    });
    expect(person.workspace).toMatchObject({
      name: "Ada's workspace",
      slug: 'adas-workspace',
      role: 'owner',
    });
    expect(await person.api.getSession({})).toMatchObject({ user: { id: person.user.id } });
    expect((await person.token()).split('.')).toHaveLength(3);
  });
});
