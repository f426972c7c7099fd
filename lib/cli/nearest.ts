/** Finds the known word that is near to a mistyped one, for error messages. */
import { closestString, levenshteinDistance } from "@std/text";

/** The end of a message about an unknown word: what was meant, or a hint. */
export function suggestion(
  word: string,
  known: readonly string[],
  hint: string,
): string {
  const found = nearest(word, known);
  return found === null ? hint : `did you mean "${found}"?`;
}

/** The known word that is near enough to `word`, or null. */
function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0 || word.length > 40) return null;
  const compareFn = distance;
  const found = closestString(word, known, { compareFn });
  const limit = Math.max(1, Math.floor(bare(word).length / 3));
  return distance(word.toLowerCase(), found) <= limit ? found : null;
}

/** Swapped letters and a beginning count as one slip. */
function distance(word: string, known: string): number {
  const [a, b] = [bare(word), bare(known)];
  if (a.length < 2) return Infinity;
  if (a === b) return 0;
  if (b.startsWith(a) || sorted(a) === sorted(b)) return 1;
  return levenshteinDistance(a, b);
}

function bare(word: string): string {
  return word.replace(/^-+/, "");
}

function sorted(word: string): string {
  return [...word].sort().join("");
}
