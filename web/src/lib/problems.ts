import { ApiProblem } from '@gantry/contracts';

/** Messages by field of a refused form: `body/first_name` → first_name. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  return Object.fromEntries(
    (error.problem.fields ?? []).map((field) => [
      field.path.replace(/^(body|query|params)\//, ''),
      field.message,
    ]),
  );
}

/** What happened and what to do about it, in words for a person. */
export function sentence(error: unknown): string {
  if (error instanceof ApiProblem) {
    const { title, detail } = error.problem;
    return detail.startsWith(title)
      ? detail
      : [`${title.replace(/\.$/, '')}.`, detail].filter(Boolean).join(' ');
  }
  return 'Something broke in this page. Reload it and try again.';
}

/** What to say about a whole form: nothing when every complaint belongs to a field on it. */
export function formProblem(error: unknown, shown: readonly string[]): string | null {
  if (!error) return null;
  const fields = Object.keys(fieldErrors(error));
  return fields.length > 0 && fields.every((name) => shown.includes(name)) ? null : sentence(error);
}
