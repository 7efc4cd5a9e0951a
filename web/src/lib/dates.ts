const DAY_MS = 86_400_000;

/** Today as YYYY-MM-DD where the reader is. */
export function today(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Days from today to a plain date; negative: past. */
export function daysUntil(date: string, from = today()): number {
  return Math.round((Date.parse(`${date}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** The interface speaks English; day and month stand in the order the reader is used to. */
const locale = globalThis.navigator?.language?.startsWith('en') ? navigator.language : 'en-GB';
const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const dayMonthYear = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 Mar`, with the year unless it is this one. */
export function shortDate(date: string): string {
  const value = new Date(`${date}T00:00:00Z`);
  return (date.slice(0, 4) === today().slice(0, 4) ? dayMonth : dayMonthYear).format(value);
}

/** Date and time of an instant, in the reader's zone. */
export function fullTime(instant: string): string {
  return full.format(new Date(instant));
}

/** `5 minutes ago`; a date once it is more than four weeks. */
export function ago(instant: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return 'just now';
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  if (size < 28 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day');
  return shortDate(instant.slice(0, 10));
}
