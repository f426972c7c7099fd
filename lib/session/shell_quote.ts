/** Quoting for POSIX shells, wherever ptrack prints or runs a command line. */

/** `text` as one word of a POSIX shell; quoted only where it must be. */
export function shellQuote(text: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
