/**
 * The schemas of docs/, as a validator sees them: as they are, or narrowed to
 * what ptrack itself writes, with note taken of each key and word that is met.
 */
import { Ajv2020 } from "ajv/2020";

// deno-lint-ignore no-explicit-any
type Json = any;

/** What a schema describes: a status.json, or a line of a log. */
export type Kind = "status" | "log";

/** Says what is wrong with a value; null if nothing is. */
export type Check = (value: unknown) => string | null;

/** The schema of docs/, parsed. */
export function readSchema(kind: Kind): Json {
  const path = new URL(`../../docs/${kind}.schema.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(path));
}

/** A check by a schema; throws where ajv's strict mode finds it wanting. */
export function checkBy(schema: Json, met = new Set<string>()): Check {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  ajv.addKeyword({
    keyword: "met",
    schemaType: "string",
    validate: (place: string, value: unknown) => {
      met.add(place);
      if (typeof value === "string") met.add(`${place} ${value}`);
      return true;
    },
  });
  const validate = ajv.compile(schema);
  return (value) => validate(value) ? null : ajv.errorsText(validate.errors);
}

/** A schema of what ptrack writes by itself, and what of it is to be met. */
export interface Narrowed {
  schema: Json;
  /** Each key, and each word that a key can have, by its place. */
  described: Set<string>;
}

/** The same schema with no unknown key, and one form of a timestamp. */
export function narrow(kind: Kind): Narrowed {
  const schema = readSchema(kind);
  const described = new Set<string>();
  close(schema, described);
  const exact = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}\\+00:00";
  schema.$defs.timestamp.pattern = `^${exact}$`;
  if (kind === "status") {
    schema.properties.errors.maxItems = 100;
    schema.properties.errors.items.pattern = `^\\[${exact}\\] `;
  }
  return { schema, described };
}

/** Where schemas are within a schema: by name, one, or a list of them. */
const MAPS = ["properties", "$defs"];
const ONES = ["items", "additionalProperties", "then", "else"];
const LISTS = ["anyOf", "allOf"];

/** The place of a key; a condition's own keys are none. */
export const KEY = /^(\/\$defs\/\w+)?\/properties\/\w+$/;

/** Calls back with each schema in a schema, and with its place. */
export function eachSchema(
  schema: Json,
  visit: (schema: Json, place: string) => void,
  place = "",
): void {
  visit(schema, place);
  const below = (one: Json, ...words: (string | number)[]) =>
    eachSchema(one, visit, [place, ...words].join("/"));
  for (const word of MAPS) {
    for (const [name, one] of Object.entries(schema[word] ?? {})) {
      below(one, word, name);
    }
  }
  for (const word of ONES) {
    if (typeof schema[word] === "object") below(schema[word], word);
  }
  for (const word of LISTS) {
    schema[word]?.forEach((one: Json, at: number) => below(one, word, at));
  }
}

function close(whole: Json, described: Set<string>): void {
  eachSchema(whole, (schema, place) => {
    const isOpen = schema.additionalProperties === undefined;
    if (schema.type === "object" && schema.properties && isOpen) {
      schema.additionalProperties = false;
    }
    const isKey = KEY.test(place);
    if (!isKey && schema.enum === undefined) return;
    schema.met = place;
    if (isKey) described.add(place);
    for (const word of schema.enum ?? []) described.add(`${place} ${word}`);
  });
}
