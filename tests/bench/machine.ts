/** The machine that figures come from, in a few words. */

/** Its processor, system and load, and the day. */
export function describeMachine(): string {
  const cores = navigator.hardwareConcurrency;
  const date = new Date().toISOString().slice(0, 10);
  return `${cores} core${cores === 1 ? "" : "s"} of ${processorModel()}, ` +
    `${Deno.build.os} ${Deno.osRelease()}, load ${
      Deno.loadavg()[0].toFixed(1)
    }, ${date}`;
}

function processorModel(): string {
  try {
    const found = Deno.readTextFileSync("/proc/cpuinfo")
      .match(/^model name\s*:\s*(.+)$/m);
    return found?.[1]?.trim() ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}
