/** The page that `make demo` leaves behind, opened as its message says. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { browserTest, Tab } from "../support/browser.ts";
import { Place } from "../support/program.ts";

const DEMO = new URL("../../examples/parallel.sh", import.meta.url).pathname;

browserTest(
  "the demo's page shows its four jobs, and why one failed",
  async () => {
    await using place = new Place();
    const reports = place.at("reports");
    const demo = await place.shell(`DEMO_REPORTS='${reports}' bash '${DEMO}'`);
    assertEquals([demo.code, demo.stderr], [0, ""]);
    const url = `file://${/browser: (.*)/.exec(demo.stdout)?.[1]}`;
    await using tab = await Tab.open(url);
    assertEquals(await tab.page.title(), "1 failed · demo");
    for (const job of ["pack", "hash", "count", "sort"]) {
      await tab.row(`demo/${job}`).waitFor();
    }
    await tab.row("demo/sort").click();
    const details = tab.page.getByRole("complementary", { name: "sort" });
    await details.waitFor();
    assertStringIncludes(await details.innerText(), "sorted/part-0.txt");
    assertEquals(tab.complaints, []);
  },
);
