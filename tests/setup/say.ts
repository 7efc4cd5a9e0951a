/** Prints a measured figure beside the test results. */
export function say(line: string): void {
  process.stderr.write(`  · ${line}\n`);
}
