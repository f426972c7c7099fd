/** Values that a file of others may hold. */

/** Numbers that a double would change, or print in another way. */
export const ODD_NUMBERS = [
  "12345678901234567890",
  "-9007199254740993",
  "1.10",
  "0.1000",
  "1e5",
  "1E-7",
  "0.0000001",
  "-0",
  "2.0",
  "123456789012.123456",
];

/** An owner as it is stored. */
export const OWNER = { pid: 7, started: "1", host: "h", boot: "b", ns: "n" };

/** What names no process. */
export const NO_PROCESSES: unknown[] = [
  7,
  "7",
  [],
  {},
  true,
  { pid: "7" },
  { pid: 0 },
  { pid: -1 },
  { pid: 7.5 },
  { pid: 1e300 },
  { ...OWNER, started: 1 },
  { ...OWNER, host: {} },
  { ...OWNER, boot: false },
  { ...OWNER, ns: [] },
];
