/**
 * Masks secrets by their shapes, before anything is stored. `mayHoldSecret`
 * (event.ts) tells cheaply where this has to be loaded: a shape that is added
 * here needs a trigger there. Every pattern takes time in proportion to the
 * text. What is masked stays as it is when it is masked again. Pure.
 */
import type { JsonObject } from "./types.ts";

/** What stands in the place of a secret. */
export const MASK = "[masked]";

/** Much more of a text than is stored, in characters. */
const LOOKED_AT = 256 * 1024;

/** Details of an event that name files, processes and conversations. */
const KEPT = ["output_files", "owner", "child", "process", "session", "id"];

/** The details of an event, with the secrets in their texts masked. */
export function maskDetails(details: JsonObject): JsonObject {
  const entries = Object.entries(details).map(([key, value]) => {
    if (KEPT.includes(key) || key === "batch") return [key, value];
    if (key === "metadata") return [key, maskValue(value, "metadata")];
    return [key, maskValue(value)];
  });
  return Object.fromEntries(entries);
}

/** In metadata, what has the name of a secret is masked, too. */
function maskValue(value: unknown, place?: "metadata"): unknown {
  if (typeof value === "string") return maskText(value);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, place));
  // A number may be an object that keeps its text.
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Number) return value;
  if (place === undefined) return maskDetails(value as JsonObject);
  const entries = Object.entries(value).map(([key, item]) => {
    const isSecret = typeof item === "string" && isSecretValue(key, item);
    return [key, isSecret ? MASK : maskValue(item, place)];
  });
  return Object.fromEntries(entries);
}

/** The words of a command line, with their secrets masked. */
export function maskCommand(words: readonly string[]): string[] {
  return words.map((word, at) => {
    const before = words[at - 1] ?? "";
    const takesSecret = /^--?[\w-]+$/.test(before) && OPTION_NAME.test(before);
    if (takesSecret && !word.startsWith("-") && !isHarmless(word)) return MASK;
    const [, name = "", value = ""] = /^([\w.-]+)=([^]+)/.exec(word) ?? [];
    return isSecretValue(name, value) ? `${name}=${MASK}` : maskText(word);
  });
}

/** The text, with its secrets masked. */
export function maskText(text: string): string {
  let masked = text.slice(0, LOOKED_AT);
  for (const { pattern, isSecret } of SHAPES) {
    masked = masked.replace(
      pattern,
      (whole: string, before: string, secret: string) =>
        isHarmless(secret) || isSecret?.(secret, before) === false
          ? whole
          : `${before}${MASK}`,
    );
  }
  return masked;
}

/** A word or a quoted text, as shells, JSON and URLs write a value. */
const VALUE = String
  .raw`\[masked\]|"[^"\n]{0,4000}"?|'[^'\n]{0,4000}'?|\\"[^"\n]{0,4000}"?|(?:\\.|[^\s"'\x60&;|<>()\\])+`;

/** The end of an option whose next word is a secret. */
const OPTION =
  "(?:secret|token|passw(?:or)?d|passphrase|pass|pwd|(?:api|access|secret|private)-?key|credentials?)";
const OPTION_NAME = new RegExp(`${OPTION}$`, "i");

/** What is kept, and the secret after it. */
interface Shape {
  pattern: RegExp;
  /** Whether it is one; if absent it always is. */
  isSecret?: (secret: string, before: string) => boolean;
}

const SHAPES: readonly Shape[] = [
  // Private keys.
  {
    pattern:
      /(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)([^]+?)(?=-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  },
  // Tokens that say by their beginning what they are.
  {
    pattern:
      /(?<![A-Za-z0-9])()((?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-)[\w-]{4,}|[srp]k_(?:live|test)_\w{4,}|(?:AKIA|ASIA)[A-Z0-9]{8,}|AIza[\w-]{20,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|pypi-[\w-]{20,}|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]+)?)/g,
  },
  {
    pattern: /(?<![A-Za-z0-9])()(sk-[\w-]{6,}…?)/g,
    isSecret: (token) => /\d|…/.test(token) || token.length > 20,
  },
  // The password, or a long token, before the host of a URL.
  {
    pattern:
      /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{0,200}:)(?!\d{1,5}[/?#])([^\s/"'<>]{1,500}|[^\s"'<>]{1,500}?)(?=@)/gi,
  },
  { pattern: /([a-z][a-z0-9+.-]{1,20}:\/\/)([\w.~%-]{20,500})(?=@)/gi },
  // Authorization: Bearer …
  { pattern: /\b(bearer\s+)([\w.~+/=:-]{5,}…?)/gi, isSecret: isBearer },
  { pattern: /\b(basic\s+)([\w+/-]{5,}={0,2}…?)/gi, isSecret: isBasic },
  {
    pattern:
      /(authorization\\?["']?\s{0,2}[:=]\s{0,2}\\?["']?(?:token|digest|apikey)\s+)([^\s"']+)/gi,
  },
  // Passwords of programs that have options of their own for them.
  {
    pattern:
      /(\bcurl\b[^\n|;&]{0,300}?\s(?:-[a-zA-Z]{0,8}u\s*|--(?:proxy-)?user[ =])["']?[^\s:"']{0,100}:)([^\s"']+)/g,
  },
  {
    pattern:
      /(\b(?:mysql|mariadb)[\w-]{0,20}(?=\s)[^\n|;&]{0,300}?\s["']?-p)([^\s"']+)/g,
  },
  { pattern: new RegExp(`(\\bsshpass\\s+-p\\s*)(${VALUE})`, "g") },
  // --password X
  {
    pattern: new RegExp(
      `((?<![\\w-])--?[\\w-]{0,60}?${OPTION}\\s+)(?!-)(${VALUE})`,
      "gi",
    ),
    isSecret: (value) => !PROSE.test(value),
  },
  // KEY=…, and "key": "…"
  {
    pattern: new RegExp(
      String
        .raw`((?<![\w.-])[\w.-]{0,60}?(?:secret|token|pass|pwd|key|credential|authorization)[\w.-]{0,30}\\?["']?(?:\s{0,2}=(?![=>~])|\s?:(?!:))\s{0,2})(${VALUE})`,
      "gi",
    ),
    isSecret: isAssigned,
  },
  // The password is …
  {
    pattern:
      /(\b(?:pass(?:word|wd|phrase|code)|secret|token|(?:x-)?api[- ]?key)(?:\s+(?:is|was|of))?\s+)(["']?[^\s"'`]{4,})/gi,
    isSecret: (word) => /\d/.test(word) && /[a-z]/i.test(word),
  },
];

/** Words that follow an option where people write about it. */
const PROSE =
  /^(?:is|was|to|and|or|for|in|from|with|option|flag|must|not|has)$/i;

function isBearer(value: string): boolean {
  return /\d|…/.test(value) ||
    value.length >= 8 && !/^(?:auth|token|credential|scheme)/i.test(value);
}

/** Base64 of a name, a colon and a password; `basic` is an English word, too. */
function isBasic(value: string): boolean {
  if (/[\d=…]/.test(value)) return true;
  try {
    return /^[ -~]*:[ -~]*$/.test(atob(value));
  } catch {
    return false;
  }
}

/** What is assigned by `=`, or named by `:`, where English is the rule. */
function isAssigned(value: string, before: string): boolean {
  const [, name = "", separator] =
    /([\w.-]+)\\?["']?\s*([=:])\s*$/.exec(before) ?? [];
  if (!isSecretValue(name, value)) return false;
  if (separator === "=" || PLAIN_NAME.test(name)) return true;
  return /[\d"']/.test(value) || value.length >= 16;
}

/** Names that do not stand before a colon in English. */
const PLAIN_NAME =
  /passw|passphrase|secret|[_-]token|token[_-]|(?:api|access|private)[_-]?key/i;

/** Whether a value is a secret, by its name. */
function isSecretValue(name: string, value: string): boolean {
  if (isHarmless(value)) return false;
  const parts = name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase()
    .split(/[^a-z\d]+/);
  const isNumber = /^\d{1,6}$/.test(value);
  return parts.some((part) =>
    /(?:^secrets?|secret|password|passwd|passphrase|passcode|pwd)$/.test(
      part,
    ) ||
    !isNumber &&
      /(?:token|^pass|^key|(?:api|access|secret|private|signing|account)key|^credentials?|^authorization)$/
        .test(part)
  );
}

/** Values that say nothing, and the names of variables. */
function isHarmless(value: string): boolean {
  return /^(?:\[masked\]|true|false|null|none|undefined|yes|no|["']{2}|\\?["']?\$\{?[A-Z_][A-Z\d_]*\}?\\?["']?|\$\{\{.*|)$/
    .test(value);
}
