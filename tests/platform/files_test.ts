/**
 * Files of the machine, by both kinds of access, beyond what the model
 * compares: opened directories, odd names, large files.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { errorCode } from "../../lib/errors.ts";
import { callNumbers } from "../../lib/platform/linux_calls.ts";
import { openLinuxAccess } from "../../lib/platform/linux_files.ts";
import type { Files } from "../../lib/platform/platform.ts";
import { ACCESSES, denoLibrary } from "../support/linux_access.ts";

const LINUX = Deno.build.os === "linux";

const bytes = (text: string) => new TextEncoder().encode(text);

function codeOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    return errorCode(error);
  }
}

/** A test over each kind of access, in a directory of its own. */
function over(
  name: string,
  use: (files: Files, directory: string, byCalls: boolean) => void,
  accesses = ACCESSES,
): void {
  for (const [by, { files }] of accesses) {
    Deno.test(`by ${by}, ${name}`, () => {
      const directory = Deno.makeTempDirSync();
      try {
        use(files, directory, by !== "node:fs");
      } finally {
        Deno.removeSync(directory, { recursive: true });
      }
    });
  }
}

over(
  "a new file has the permissions that it is given, whatever the umask",
  (files, directory) => {
    for (const mode of [0o600, 0o640, 0o666]) {
      const path = `${directory}/${mode}`;
      files.createNew(path, bytes("x"), { mode });
      assertEquals(files.mode(path), mode);
      assertEquals(files.readText(path, 10), "x");
    }
  },
);

over(
  "what is made has the permissions that it is given, and keeps them",
  (files, directory) => {
    const at = (name: string) => `${directory}/${name}`;
    for (const permissions of [0o700, 0o750, 0o777, 0o2750]) {
      const path = at(`directory-${permissions}`);
      assert(files.makeDirectory(path, permissions));
      assertEquals(files.mode(path), permissions);
      assert(!files.makeDirectory(path, 0o500));
      assertEquals(files.mode(path), permissions);
    }
    for (const permissions of [0o600, 0o640, 0o666]) {
      const path = at(`file-${permissions}`);
      const file = files.open(path, "create", permissions);
      assertEquals(files.mode(path), permissions);
      file.append(bytes("x"));
      file.close();
      files.open(path, "create", 0o400).close();
      assertEquals(files.mode(path), permissions);
    }
  },
);

over(
  "permissions are set on a file or directory, and never through a link",
  (files, directory) => {
    const below = files.openDirectory(directory);
    Deno.mkdirSync(`${directory}/real`);
    Deno.writeTextFileSync(`${directory}/file`, "x", { mode: 0o644 });
    Deno.symlinkSync("file", `${directory}/link`);
    for (const [name, mode] of [["real", 0o2750], ["file", 0o640]] as const) {
      below.setMode(name, mode);
      assertEquals(below.mode(name), mode);
    }
    below.setMode(".", 0o711);
    assertEquals(below.mode("."), 0o711);
    assertEquals(codeOf(() => below.setMode("link", 0o777)), "ELOOP");
    assertEquals(below.mode("file"), 0o640);
    below.close();
  },
);

over(
  "a directory that was opened is never left for another one at its path",
  (files, directory) => {
    Deno.mkdirSync(`${directory}/ours`);
    Deno.mkdirSync(`${directory}/others`);
    Deno.writeTextFileSync(`${directory}/others/status.json`, "precious");
    const ours = files.openDirectory(`${directory}/ours`);
    ours.createNew("before", bytes("x"));
    Deno.renameSync(`${directory}/ours`, `${directory}/moved`);
    Deno.symlinkSync("others", `${directory}/ours`);
    const changes = [
      () => ours.createNew("new", bytes("x")),
      () => ours.open("log.jsonl", "create").close(),
      () => ours.makeDirectory("made"),
      () => ours.rename("before", "status.json"),
      () => ours.remove("status.json"),
      () => ours.removeTree("status.json"),
    ];
    for (const change of changes) {
      assert(["", "ENOENT", "ELOOP"].includes(codeOf(change)));
    }
    ours.close();
    const left = [...Deno.readDirSync(`${directory}/others`)];
    assertEquals(left.map(({ name }) => name), ["status.json"]);
    const text = Deno.readTextFileSync(`${directory}/others/status.json`);
    assertEquals(text, "precious");
  },
);

/** What is not followed below an opened directory. */
function checkLinks(
  files: Files,
  directory: string,
  isRead: boolean,
): void {
  Deno.mkdirSync(`${directory}/top/real`, { recursive: true });
  Deno.mkdirSync(`${directory}/others`);
  Deno.writeTextFileSync(`${directory}/others/file`, "precious");
  Deno.writeTextFileSync(`${directory}/top/real/file`, "ours");
  Deno.symlinkSync("../others", `${directory}/top/link`);
  const root = files.openDirectory(`${directory}/top`);
  assertEquals(root.readText("real/file", 10), "ours");
  root.open("real/file", "read").close();
  root.open("real/new", "create").close();
  const reads = [
    () => root.readText("link/file", 10),
    () => root.open("link/file", "read"),
  ];
  const codes = [
    ...isRead ? reads : [],
    () => root.open("link/new", "create"),
    () => root.openDirectory("link"),
  ].map(codeOf);
  for (const code of codes) assert(["ELOOP", "ENOTDIR"].includes(code), code);
  const [entry] = Deno.readDirSync(`${directory}/others`);
  assertEquals(entry!.name, "file");
  root.openDirectory("link", "followed").close();
  root.close();
}

over("no link is followed on the way to what is below a directory", checkLinks);

if (LINUX) {
  const { openat2, openat, pread, statx } = callNumbers()!;
  const access = (fail: (number: number) => number | null) =>
    openLinuxAccess(denoLibrary(fail));
  const [ENOSYS, EPERM, EINTR, EACCES] = [38, 1, 4, 13];
  const old = [ENOSYS, EPERM].map((error): (typeof ACCESSES)[number] => [
    `system calls without openat2 (${error})`,
    access((number) => number === openat2 ? error : null)!,
  ]);
  over("no link is followed either", checkLinks, old);

  let interruptions = 0;
  const restless = access((number) =>
    [openat, pread].includes(number) && ++interruptions % 3 !== 0 ? EINTR : null
  )!;
  over("a call that a signal interrupts is made again", (files, directory) => {
    files.createNew(`${directory}/a`, bytes("hello"));
    assertEquals(files.readText(`${directory}/a`, 10), "hello");
    assert(interruptions > 2);
  }, [["interrupted calls", restless]]);

  Deno.test("a directory that may be read but not searched is listed", () => {
    const directory = Deno.makeTempDirSync();
    Deno.writeTextFileSync(`${directory}/a`, "");
    // Root may search everything, so the refusal is played.
    let opens = 0;
    const { files } = access((number) =>
      number === openat && ++opens === 2 ? EACCES : null
    )!;
    const opened = files.openDirectory(directory);
    assertEquals(opened.list("."), [{ name: "a", kind: "file" }]);
    assertEquals(opens, 3);
    opened.close();
    Deno.removeSync(directory, { recursive: true });
  });

  Deno.test("without statx, there is no access by system calls", () => {
    for (const error of [ENOSYS, EPERM]) {
      assertEquals(access((number) => number === statx ? error : null), null);
    }
  });
}

over(
  "files of any size are read whole, but none that is too large",
  (files, directory) => {
    for (const size of [0, 1, 16_383, 16_384, 16_385, 100_000]) {
      const path = `${directory}/${size}`;
      const text = "é".repeat(size).slice(0, size);
      files.createNew(path, bytes(text));
      const whole = bytes(text).length;
      assertEquals(files.readText(path, whole), text);
      if (size > 0) {
        assertEquals(
          codeOf(() => files.readText(path, whole - 1)),
          "EFBIG",
        );
      }
      const file = files.open(path, "append");
      assertEquals(file.size(), whole);
      assertEquals(file.read(0, whole + 10), bytes(text));
      assertEquals(file.append(bytes("more")), 4);
      assertEquals(file.read(whole, whole + 4), bytes("more"));
      file.close();
    }
  },
);

over("a list has all names, with what they stand for", (files, directory) => {
  for (let at = 0; at < 1_500; at++) {
    Deno.writeTextFileSync(`${directory}/${"long".repeat(20)}-${at}`, "");
  }
  Deno.mkdirSync(`${directory}/a directory`);
  Deno.symlinkSync("nowhere", `${directory}/a link`);
  const kinds = Map.groupBy(files.list(directory), ({ kind }) => kind);
  assertEquals(kinds.get("file")!.length, 1_500);
  assertEquals(kinds.get("directory"), [
    { name: "a directory", kind: "directory" },
  ]);
  assertEquals(kinds.get("symlink"), [{ name: "a link", kind: "symlink" }]);
  const opened = files.openDirectory(directory);
  assertEquals(opened.list("."), files.list(directory));
  opened.close();
});

over("a name keeps all of its bytes", (files, directory) => {
  const name = "\ufeffname";
  Deno.mkdirSync(`${directory}/${name}`);
  Deno.symlinkSync(name, `${directory}/${name}-link`);
  assertEquals(files.list(directory).map(({ name }) => name).sort(), [
    name,
    `${name}-link`,
  ]);
  assertEquals(files.readLink(`${directory}/${name}-link`), name);
});

over("times are told, also those before 1970", (files, directory) => {
  for (const seconds of [1_800_000_000, 0, -1, -86_400]) {
    const path = `${directory}/${seconds}`;
    Deno.writeTextFileSync(path, "");
    Deno.utimeSync(path, seconds, seconds);
    assertEquals(files.inspect(path)!.modifiedUs, seconds * 1e6);
  }
});

over("what no path can be is refused", (files, directory) => {
  for (const name of ["x".repeat(300), "x/".repeat(3_000)]) {
    const code = codeOf(() => files.open(`${directory}/${name}`, "create"));
    assertEquals(code, "ENAMETOOLONG");
  }
  assertThrows(() => files.createNew(`${directory}/a\0b`, bytes("x")), Error);
  assertEquals([...Deno.readDirSync(directory)], []);
});

over("what is neither a file nor a directory is not opened", (files) => {
  assertEquals(codeOf(() => files.open("/dev/null", "read")), "ENOTREG");
  assertEquals(codeOf(() => files.readText("/dev/null", 10)), "ENOTREG");
  assertEquals(codeOf(() => files.readText("/proc/self", 10)), "ELOOP");
}, LINUX ? ACCESSES : []);

over("a file of /proc is read, though it seems empty", (files) => {
  assert(files.readText("/proc/self/status", 1e6).startsWith("Name:"));
}, LINUX ? ACCESSES : []);
