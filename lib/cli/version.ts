/** The version of this program, as deno.json has it. */
import configuration from "../../deno.json" with { type: "json" };

/** Such as `0.1.0`. */
export const VERSION: string = configuration.version;
