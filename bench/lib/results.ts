/** One figure. `ceiling` and `ratio` (value to ceiling) where there is a ceiling; `ok` is null without a budget. */
export interface Result {
  name: string;
  value: number;
  unit: string;
  ceiling: number | null;
  ratio: number | null;
  /** The bound in words, such as `ratio >= 0.6`. */
  budget: string | null;
  ok: boolean | null;
}

export function figure(name: string, value: number, unit: string): Result {
  return { name, value, unit, ceiling: null, ratio: null, budget: null, ok: null };
}

/** A figure that must not be over `limit`, in its own unit. */
export function atMost(name: string, value: number, unit: string, limit: number): Result {
  return { ...figure(name, value, unit), budget: `<= ${limit} ${unit}`, ok: value <= limit };
}

/** A figure beside its ceiling, with the share of it that must be reached, if any. */
export function against(
  name: string,
  measured: { value: number; ceiling: number; ratio: number },
  unit: string,
  share: number | null = null,
): Result {
  return {
    name,
    unit,
    ...measured,
    budget: share === null ? null : `ratio >= ${share}`,
    ok: share === null ? null : measured.ratio >= share,
  };
}

const HEAD = ['', 'value', 'unit', 'ceiling', 'ratio', 'budget', ''];

/** The figures as a table for people. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map((r) => [
    r.name,
    short(r.value),
    r.unit,
    r.ceiling === null ? '' : short(r.ceiling),
    r.ratio === null ? '' : r.ratio.toFixed(2),
    r.budget ?? '',
    r.ok === null ? '' : r.ok ? 'ok' : 'MISSED',
  ]);
  const widths = HEAD.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => ([1, 3, 4].includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(HEAD), ...rows.map(line)].join('\n');
}

function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
