/** The second thread of a summary: makes and sends the parts that it takes. */
import { openMachine } from "../../platform/node.ts";
import { serveThread } from "../../platform/thread.ts";
import { openStore } from "../../store/open.ts";
import { OFTEN_CALLED, PartMaker, type SharedWork } from "./summary_parts.ts";

serveThread(async (task, send) => {
  const { location, taken, entries, ...work } = task as SharedWork;
  const platform = await openMachine();
  await platform.compileLess(OFTEN_CALLED);
  const store = openStore(platform, location);
  const whole = { ...work, entries: entries.split("\0") };
  await new PartMaker({ platform, store }, whole).takeParts(taken, send);
});
