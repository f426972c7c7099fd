/**
 * A strict reader of the XML that we write: elements, attributes, text and the
 * usual entities, and nothing else. What XML 1.0 forbids is thrown out, as a
 * real parser would.
 */

/** An element. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** All text directly in it. */
  text: string;
}

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
};

/** XML 1.0, production 2. */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** The root element of a document. Throws what is wrong with it. */
export function parseXml(document: string): Element {
  if (!CHARACTERS.test(document)) throw new Error("a character is no XML");
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(head)) throw new Error("no declaration");
  const root = { name: "", attributes: {}, children: [], text: "" } as Element;
  const open: Element[] = [root];
  const token = /<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  token.lastIndex = head.length;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const match = token.exec(document);
    if (match === null) {
      throw new Error(`not XML at ${document.slice(at, at + 80)}`);
    }
    const [, isEnd, name, attributes, isEmpty, text] = match;
    const inside = open.at(-1)!;
    if (text !== undefined) inside.text += unescape(text);
    else if (isEnd) {
      if (inside.name !== name) throw new Error(`</${name}> in ${inside.name}`);
      open.pop();
    } else {
      const child = {
        name: name!,
        attributes: attributesOf(attributes!),
        children: [],
        text: "",
      };
      inside.children.push(child);
      if (!isEmpty) open.push(child);
    }
  }
  if (open.length !== 1 || root.children.length !== 1) {
    throw new Error("not one whole element");
  }
  return root.children[0]!;
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
    if (name! in found) throw new Error(`${name} twice`);
    found[name!] = unescape(value!);
  }
  return found;
}

function unescape(text: string): string {
  return text.replace(/&([^;]*;?)/g, (whole, name: string) => {
    const known = name.endsWith(";") ? ENTITIES[name.slice(0, -1)] : undefined;
    if (known === undefined) throw new Error(`no entity: ${whole}`);
    return known;
  });
}
