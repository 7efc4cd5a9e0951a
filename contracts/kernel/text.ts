/**
 * What text may be. JSON carries any code unit; the database and the screens do not want NUL, other control
 * characters or half of a surrogate pair, so they are refused at the door with a message that names them.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: naming the control characters is the purpose
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming the control characters is the purpose
const CONTROL_IN_LINE = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;

/** True if the text is well-formed Unicode without control characters except tab and line ends. */
export function isText(value: string): boolean {
  return value.isWellFormed() && !CONTROL_IN_TEXT.test(value);
}

/** True if the text is one line: as isText, without tab and line ends, and not only white space unless empty. */
export function isLine(value: string): boolean {
  return (
    value.isWellFormed() && !CONTROL_IN_LINE.test(value) && (value.length === 0 || value.trim().length > 0)
  );
}

/** Makes foreign text (imports) acceptable to isText: control characters dropped, lone surrogates replaced. */
export function cleanText(value: string): string {
  return value.toWellFormed().replace(new RegExp(CONTROL_IN_TEXT, 'g'), '');
}

/** As cleanText, on one line: line ends and tabs become one space. */
export function cleanLine(value: string): string {
  return cleanText(value.toWellFormed().replace(/[\t\r\n\u0085\u2028\u2029]+/g, ' ')).trim();
}
