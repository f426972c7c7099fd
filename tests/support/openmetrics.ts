/**
 * A strict reader of OpenMetrics text as far as we write it: gauges and
 * counters with labels. Families stand together, metadata comes before samples,
 * no series comes twice, and the end is marked.
 */

/** A series with its value. */
export interface Series {
  name: string;
  labels: Record<string, string>;
  value: number;
}

interface Family {
  name: string;
  type: string;
  unit: string;
}

const SAMPLE = /^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (\S+)$/;
const METADATA = /^# (TYPE|UNIT|HELP) ([a-z_]+) (.+)$/;

/** All series of an exposition. Throws what is wrong with it. */
export function parseOpenmetrics(text: string): Series[] {
  if (!text.endsWith("\n# EOF\n") && text !== "# EOF\n") {
    throw new Error("no end");
  }
  const lines = text.split("\n").slice(0, -2);
  const done = new Set<string>();
  const series: Series[] = [];
  const seen = new Set<string>();
  let family: Family = { name: "", type: "", unit: "" };
  for (const line of lines) {
    const meta = METADATA.exec(line);
    if (meta !== null) {
      family = withMetadata(family, meta, done);
      continue;
    }
    const one = sampleOf(line, family);
    const key = JSON.stringify([one.name, Object.entries(one.labels).sort()]);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    series.push(one);
  }
  return series;
}

function withMetadata(
  family: Family,
  [line, kind, name, value]: RegExpExecArray,
  done: Set<string>,
): Family {
  if (kind === "TYPE") {
    if (done.has(name!)) throw new Error(`family twice: ${name}`);
    done.add(name!);
    if (!["gauge", "counter"].includes(value!)) throw new Error(line);
    return { name: name!, type: value!, unit: "" };
  }
  if (name !== family.name) throw new Error(`not of its family: ${line}`);
  if (kind !== "UNIT") return family;
  if (!name!.endsWith(`_${value}`)) throw new Error(`name and unit: ${line}`);
  return { ...family, unit: value! };
}

function sampleOf(line: string, { name, type }: Family): Series {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, sampleName, labels, text] = match;
  const expected = type === "counter" ? `${name}_total` : name;
  if (sampleName !== expected) throw new Error(`not of its family: ${line}`);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`no number: ${line}`);
  if (type === "counter" && value < 0) throw new Error(`below 0: ${line}`);
  return { name: sampleName!, labels: labelsOf(labels!), value };
}

function labelsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries(
    [...pairs].map(([, name, value]) => [
      name,
      value!.replace(/\\(.)/g, (_, c) => c === "n" ? "\n" : c),
    ]),
  );
}
