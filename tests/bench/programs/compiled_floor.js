// compiled_floor SESSION: the same as floor.c, as a program compiled as ptrack is.
const O = { RDONLY: 0, WRONLY: 1, RDWR: 2, CREAT: 64, EXCL: 128, APPEND: 1024 };
const { symbols: c } = Bun.FFI.dlopen("libc.so.6", {
  chdir: { args: ["ptr"], returns: "i32" },
  open: { args: ["ptr", "i32", "i32"], returns: "i32" },
  lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
  pread: { args: ["i32", "ptr", "usize", "i64"], returns: "i64" },
  write: { args: ["i32", "ptr", "usize"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
  rename: { args: ["ptr", "ptr"], returns: "i32" },
  access: { args: ["ptr", "i32"], returns: "i32" },
});
const bytes = (text) => new TextEncoder().encode(text);
const name = (text) => bytes(text + "\0");
const line = bytes(
  '{"timestamp":"2026-02-13T10:15:00.000000+00:00","event":"heartbeat",' +
    '"session_id":"floor","state":"running","progress_pct":42,' +
    '"details":{"pct":42},"attempt":1}\n',
);
const status = new Uint8Array(1 << 14);

let failed = c.chdir(name(process.argv[2]));
const old = c.open(name("status.json"), O.RDONLY, 0);
const length = Number(c.pread(old, status, status.length, 0));
c.close(old);
const log = c.open(name("log.jsonl"), O.RDWR | O.APPEND, 0);
const from = Math.max(0, Number(c.lseek(log, 0, 2)) - 512);
c.pread(log, new Uint8Array(512), 512, from);
c.write(log, line, line.length);
const part = c.open(
  name(".status.json.part"),
  O.WRONLY | O.CREAT | O.EXCL,
  0o666,
);
failed ||= Number(c.write(part, status, length)) !== length;
c.close(part);
failed ||= c.rename(name(".status.json.part"), name("status.json"));
c.lseek(log, 0, 2);
failed ||= c.access(name("COMPLETED"), 0) === 0;
failed ||= c.access(name("FAILED"), 0) === 0;
process.exitCode = failed ? 1 : 0;
