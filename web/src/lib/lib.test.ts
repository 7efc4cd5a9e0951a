import { ApiProblem } from '@gantry/contracts';
import { expect, test } from 'vitest';
import { boardNameIn } from './board-file.ts';
import { ago, daysUntil } from './dates.ts';
import { fieldErrors, formProblem } from './problems.ts';
import { keyFromName } from './project-key.ts';

test('a project key comes from the initials, or the first letters', () => {
  expect(keyFromName('Website relaunch')).toBe('WR');
  expect(keyFromName('Mobile')).toBe('MOB');
  expect(keyFromName('Über große Pläne für Ämter und mehr')).toBe('UGPF');
  expect(keyFromName('X')).toBe('');
  expect(keyFromName('ערבית')).toBe('');
  expect(keyFromName('2026 plan')).toBe('PLA');
});

test('the name of a board is read from the start of its file', async () => {
  expect(await boardNameIn(new Blob(['{"id":"1","name":"A \\"quoted\\" board","desc":""}']))).toBe(
    'A "quoted" board',
  );
  expect(await boardNameIn(new Blob(['\ufeff{ "id": "1",\n  "name" : "B" }']))).toBe('B');
  expect(await boardNameIn(new Blob(['[]']))).toBeNull();
  expect(await boardNameIn(new Blob(['{"name":""}']))).toBeNull();
});

test('days are counted by the calendar, also over a change of clocks', () => {
  expect(daysUntil('2026-03-30', '2026-03-28')).toBe(2);
  expect(daysUntil('2026-10-24', '2026-10-26')).toBe(-2);
});

test('times are told the way people do', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  expect(ago('2026-11-22T11:59:50Z', now)).toBe('just now');
  expect(ago('2026-11-22T11:55:00Z', now)).toBe('5 minutes ago');
  expect(ago('2026-11-21T12:00:00Z', now)).toBe('yesterday');
});

test('complaints about fields on the form stay with the fields', () => {
  const error = new ApiProblem({
    type: 'about:blank',
    title: 'Not valid',
    status: 422,
    code: 'invalid_request',
    detail: 'Correct it.',
    fields: [{ path: 'body/email', code: 'format', message: 'Must be an e-mail address.' }],
  });
  expect(fieldErrors(error)).toEqual({ email: 'Must be an e-mail address.' });
  expect(formProblem(error, ['email'])).toBeNull();
  expect(formProblem(error, ['name'])).toBe('Not valid. Correct it.');
});
