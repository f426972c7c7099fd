/** How much metadata an event and a session may have. */
import { assertEquals, assertThrows } from "@std/assert";
import { RefusedError, UsageError } from "../../lib/errors.ts";
import { checkMetadata } from "../../lib/session/metadata.ts";
import type { JsonObject } from "../../lib/session/types.ts";

const ofBytes = (key: string, bytes: number) => ({
  [key]: "x".repeat(bytes - key.length - 7),
});

Deno.test("an event takes 32 KiB of metadata, and a session 64 KiB", () => {
  const most = ofBytes("a", 32 * 1024);
  checkMetadata(most);
  assertThrows(() => checkMetadata(ofBytes("a", 32 * 1024 + 1)), UsageError);
  // The same key again takes no more room.
  checkMetadata(most, ofBytes("a", 32 * 1024));
  checkMetadata(ofBytes("b", 31 * 1024), most);
  const error = assertThrows(
    () =>
      checkMetadata({ c: "x".repeat(2048) }, {
        ...most,
        ...ofBytes("b", 31 * 1024),
      }),
    RefusedError,
  );
  assertEquals(
    /would have 66\d\d\d bytes of it, 65536 at most/.test(error.message),
    true,
  );
});

Deno.test("metadata is at most 60 deep", () => {
  let metadata: JsonObject = {};
  for (let depth = 1; depth < 60; depth++) metadata = { a: metadata };
  checkMetadata(metadata);
  assertThrows(() => checkMetadata({ a: metadata }), UsageError, "60 deep");
});
