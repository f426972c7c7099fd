/** The version of this program, as deno.json has it. */
import configuration from "../../deno.json" with { type: "json" };

/** Such as `0.1.0`. */
export const VERSION: string = configuration.version;

/** The day of that version, as CHANGELOG.md has it; not the day of a build. */
export const RELEASED = "2026-11-22";
