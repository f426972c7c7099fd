/** Errors of the hosts' own, in the shape of a file system's. */

/** An error with a `code`, as the system's calls throw them. */
export class SystemError extends Error {
  /** Such as ELOOP (a symbolic link) or ENOTREG (not a regular file). */
  readonly code: string;

  constructor(code: string, action: string, path: string) {
    super(`${code}: ${action} ${path}`);
    this.name = "SystemError";
    this.code = code;
  }
}
