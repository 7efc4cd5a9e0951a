import { isPlainDate } from '../kernel/dates.ts';

/** Days count from 1970-01-01; what people write becomes the first and last day it means. */

const FIRST_DAY = -719_162; // 0001-01-01
const LAST_DAY = 2_932_896; // 9999-12-31
const MINUTE = 60_000;
const DAY = 86_400_000;
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const ABSOLUTE = /^\d{4}(-\d\d(-\d\d)?)?$/;
const RELATIVE = /^([+-]?\d{1,4})([dwmy])$/;
const PERIOD = /^(?:(this|next|last)-)?(week|month|quarter|year)$/;
const NEAR = new Map([
  ['today', 0],
  ['tomorrow', 1],
  ['yesterday', -1],
]);

/** True if the text is a way to write a date; says nothing of `none`. */
export function isDateText(text: string): boolean {
  const word = text.toLowerCase();
  if (ABSOLUTE.test(word)) return isPlainDate(word + '-01-01'.slice(word.length - 4));
  return NEAR.has(word) || RELATIVE.test(word) || PERIOD.test(word) || weekdayOf(word) >= 0;
}

/** True for a count of days or more to come, such as `7d`. */
export function isCountAhead(text: string): boolean {
  return Number(RELATIVE.exec(text.toLowerCase())?.[1] ?? 0) > 0;
}

/** First and last day a date text means, seen from `today`. The text has passed isDateText. */
export function daysOf(text: string, today: number, ahead: boolean): [first: number, last: number] {
  const word = text.toLowerCase();
  const near = NEAR.get(word);
  if (near !== undefined) return [today + near, today + near];
  if (ABSOLUTE.test(word)) {
    const [year = 1, month, day] = word.split('-').map(Number);
    if (day !== undefined) return [dayOf(word), dayOf(word)];
    return month === undefined ? months(year, 0, 12) : months(year, month - 1, 1);
  }
  const relative = RELATIVE.exec(word);
  if (relative) {
    const day = shift(today, Number(relative[1]), relative[2] ?? 'd');
    return [day, day];
  }
  const period = PERIOD.exec(word);
  if (period) return periodOf(period[2] ?? '', { next: 1, last: -1 }[period[1] ?? ''] ?? 0, today);
  const behind = mod(mod(today + 3, 7) - weekdayOf(word), 7); // 1970-01-01 was a Thursday
  const day = ahead ? today + mod(-behind, 7) : today - behind;
  return [day, day];
}

function periodOf(unit: string, offset: number, today: number): [number, number] {
  if (unit === 'week') {
    const monday = today - mod(today + 3, 7) + 7 * offset;
    return [monday, monday + 6];
  }
  const [year = 1, month = 1] = plainDate(today).split('-').map(Number);
  if (unit === 'year') return months(year + offset, 0, 12);
  if (unit === 'month') return months(year, month - 1 + offset, 1);
  return months(year, Math.floor((month - 1) / 3) * 3 + 3 * offset, 3);
}

function shift(today: number, count: number, unit: string): number {
  if (unit === 'd' || unit === 'w') return today + count * (unit === 'w' ? 7 : 1);
  const [year = 1, month = 1, day = 1] = plainDate(today).split('-').map(Number);
  const [first, last] = months(year, month - 1 + count * (unit === 'y' ? 12 : 1), 1);
  return Math.min(first + day - 1, last);
}

/** First and last day of `count` months from a month (0 is January; others roll over into other years). */
function months(year: number, month: number, count: number): [number, number] {
  const first = (n: number) => {
    const y = year + Math.floor(n / 12);
    if (y < 1) return FIRST_DAY;
    if (y > 9999) return LAST_DAY + 1;
    return dayOf(`${String(y).padStart(4, '0')}-${String(mod(n, 12) + 1).padStart(2, '0')}-01`);
  };
  return [first(month), first(month + count) - 1];
}

const weekdayOf = (word: string) =>
  word.length < 3 ? -1 : WEEKDAYS.findIndex((day) => day === word || day.slice(0, 3) === word);
const mod = (a: number, b: number) => ((a % b) + b) % b;
const dayOf = (plain: string) => Date.parse(`${plain}T00:00:00Z`) / DAY;

/** The day as YYYY-MM-DD, held between the years 1 and 9999. */
export function plainDate(day: number): string {
  return new Date(Math.min(Math.max(day, FIRST_DAY), LAST_DAY) * DAY).toISOString().slice(0, 10);
}

export interface Calendar {
  today: number;
  /** First millisecond of a day in the zone, as an instant. */
  startOf(day: number): string;
  /** Its last millisecond. */
  endOf(day: number): string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Kept, for making one takes longer than all the rest. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  if (formats.size >= 500) formats.clear();
  const parts = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', { timeZone, ...parts });
  formats.set(timeZone, format);
  return format;
}

/** Days in a time zone. Throws RangeError for a zone that does not exist. */
export function calendarOf(now: string, timeZone: string): Calendar {
  const format = formatOf(timeZone);
  const dayAt = (ms: number) => {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
    const { year = '', month = '', day = '' } = parts;
    return dayOf(`${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
  };
  /** Zones are 14 hours ahead to 12 behind: the day begins between, found to the minute. */
  const beginning = (day: number) => {
    let [low, high] = [day * 1440 - 900, day * 1440 + 900];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (dayAt(middle * MINUTE) >= day) high = middle;
      else low = middle;
    }
    return high * MINUTE;
  };
  const clamp = (day: number) => Math.min(Math.max(day, FIRST_DAY + 1), LAST_DAY - 1);
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    today: dayAt(Date.parse(now)),
    startOf: (day) => iso(beginning(clamp(day))),
    endOf: (day) => iso(beginning(clamp(day) + 1) - 1),
  };
}

/** True for a time zone this program knows. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
