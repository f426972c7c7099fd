/**
 * What must hold in every state (a reader is right), and what must hold where
 * all writers have ended or were killed: who was told what, status, markers,
 * and the next writer.
 */
import { FileStore } from "../../lib/store/files/file_store.ts";
import { FakePlatform } from "../support/fake_platform.ts";
import type { MemoryFiles } from "../support/memory_files.ts";
import { foldWhole, summarize, wholeLinesOf } from "./oracle.ts";
import {
  DIRECTORY,
  type Mutation,
  type Program,
  REF,
  ROOT,
  type WriterState,
} from "./program.ts";
import { runToEnd } from "./writer.ts";

/** All writers have ended or were killed. */
export interface Rest {
  files: MemoryFiles;
  writers: readonly WriterState[];
  /** How many were killed. */
  killed: number;
  /** How many had a write that came out short. */
  torn: number;
  mutation?: Mutation;
}

/** What a reader sees that it should not. */
export async function wrongForReaders(files: MemoryFiles): Promise<string[]> {
  const log = files.text(`${DIRECTORY}/log.jsonl`) ?? "";
  const summary = summarize(log);
  const view = await new FileStore(new FakePlatform({ files }), ROOT).read(REF);
  if (summary.attempt === 0) {
    const isNothing = view === null || view.status.state === "pending";
    return isNothing
      ? []
      : [`a reader sees ${view.status.state} where nothing began`];
  }
  if (view?.condition !== "readable") {
    return ["a reader cannot read the session"];
  }
  const { status } = view;
  const wrong = differences(status, foldWhole(log)).map((key) =>
    `a reader's ${key} is not the log's`
  );
  const seen = [
    status.state,
    status.ptrack?.attempt,
    status.progress_pct,
    status.errors,
  ];
  const told = [summary.state, summary.attempt, summary.pct, summary.errors];
  if (JSON.stringify(seen) !== JSON.stringify(told)) {
    wrong.push("a reader's summary is not the log's");
  }
  return wrong;
}

/** What is wrong at rest. */
export async function wrongAtRest(rest: Rest): Promise<string[]> {
  const log = rest.files.text(`${DIRECTORY}/log.jsonl`) ?? "";
  const wrong = rest.writers.flatMap((writer) => wrongAnswer(writer, log));
  if (rest.killed === 0) {
    // What a short write leaves is no event, but it may be an empty line.
    const place = rest.torn > 0 ? "any place" : "at the end";
    wrong.push(
      ...wrongOnDisk(rest.files, place).map((text) => `at rest, ${text}`),
    );
  }
  if (rest.killed + rest.torn > 0) wrong.push(...await wrongAfterNext(rest));
  return wrong;
}

/**
 * Whoever was told that its event counted, finds it counted once; whoever was
 * told anything else, does not. One exception: when all of the line but its
 * newline arrived, the call fails, since nobody counts such a line yet; but the
 * next writer begins with a newline, and from then on it is whole and counts.
 * To take it back would need a second write, which may fail as well.
 */
function wrongAnswer(writer: WriterState, log: string): string[] {
  const { outcome, program, onlyNewlineMissed } = writer;
  if (outcome === null) return [];
  const { verb, tag } = program;
  const lines = summarize(log).counted.filter((line) => line.includes(tag));
  const wrong: string[] = [];
  if (lines.length > 1) wrong.push(`one ${verb} counts twice`);
  switch (outcome.kind) {
    case "defect":
      wrong.push(`${verb} throws what is not for people: ${outcome.message}`);
      break;
    case "counted":
      if (lines.length === 0) wrong.push(`a ${verb} that succeeded is lost`);
      for (const warning of outcome.warnings) {
        wrong.push(`${verb} warns: ${warning}`);
      }
      break;
    case "failed":
      if (lines.length > 0 && !onlyNewlineMissed) {
        wrong.push(`a ${verb} that failed counts`);
      }
      break;
    case "refused":
      if (lines.length > 0) wrong.push(`a ${verb} that was refused counts`);
  }
  return wrong;
}

/** What in status.json and the markers does not agree with the log. */
export function wrongOnDisk(
  files: MemoryFiles,
  place: "at the end" | "any place" = "at the end",
): string[] {
  const log = files.text(`${DIRECTORY}/log.jsonl`) ?? "";
  const expected = foldWhole(log);
  const wrong: string[] = [];
  const text = files.text(`${DIRECTORY}/status.json`);
  const status = text === null ? null : JSON.parse(text);
  if (status === null) {
    if (wholeLinesOf(log).length > 0) wrong.push("status.json is missing");
  } else {
    const keys = differences(status, expected)
      .filter((key) => place === "at the end" || key !== "ptrack.log_bytes");
    if (keys.length > 0) {
      wrong.push(`status.json is not the log's: ${keys.join(", ")}`);
    }
  }
  for (
    const [name, state] of [["COMPLETED", "completed"], ["FAILED", "failed"]]
  ) {
    const marker = files.text(`${DIRECTORY}/${name}`);
    if ((marker !== null) !== (expected.state === state)) {
      wrong.push(
        `${name} ${
          marker === null ? "is missing" : "lies"
        } beside ${expected.state}`,
      );
    } else if (marker !== null) {
      if (JSON.parse(marker).attempt !== expected.ptrack.attempt) {
        wrong.push(`${name} is another attempt's`);
      }
    }
  }
  return wrong;
}

/** Lets one more writer run to its end; then all must be in order. */
async function wrongAfterNext(rest: Rest): Promise<string[]> {
  const files = rest.files.fork();
  const before = summarize(files.text(`${DIRECTORY}/log.jsonl`) ?? "");
  const program: Program = before.attempt === 0
    ? { verb: "start", tag: "next-writer" }
    : { verb: "error", tag: "next-writer" };
  const index = rest.writers.length;
  const outcome = await runToEnd(files, program, {
    index,
    mutation: rest.mutation,
  });
  const after = summarize(files.text(`${DIRECTORY}/log.jsonl`) ?? "");
  const isCounted = after.counted.some((line) => line.includes(program.tag));
  const wrong = [...wrongOnDisk(files), ...await wrongForReaders(files)];
  if (outcome.kind === "failed" || outcome.kind === "defect") {
    wrong.push(`a writer cannot go on: ${outcome.message}`);
  }
  if ((outcome.kind === "counted") !== isCounted) {
    wrong.push(`a writer is told ${outcome.kind}, wrongly`);
  }
  // Its newline may have made another's torn `start` whole: a new attempt.
  const isSame = before.attempt > 0 && before.attempt === after.attempt;
  if (isSame && after.state === "running" && !isCounted) {
    wrong.push("a writer is refused, though it runs");
  }
  return wrong.map((text) => `after the next writer, ${text}`);
}

/** The keys in which a status differs from the one that it should be. */
function differences(status: object, expected: object): string[] {
  const found = flat(status);
  const wanted = flat(expected);
  return [...new Set([...found.keys(), ...wanted.keys()])]
    .filter((key) => key !== "ptrack.log_tail")
    .filter((key) => found.get(key) !== wanted.get(key));
}

function flat(status: object): Map<string, string> {
  const entries = Object.entries(status).flatMap(([key, value]) =>
    key === "ptrack"
      ? Object.entries(value).map(([inner, item]) => [`ptrack.${inner}`, item])
      : [[key, value]]
  );
  return new Map(
    entries.map(([key, value]) => [key as string, JSON.stringify(value)]),
  );
}
