/** How the page looks and reads: themes, a phone, a screen reader, a report. */
import { assert, assertEquals } from "@std/assert";
import { browserTest, Tab } from "../support/browser.ts";
import { startServer } from "../support/page_server.ts";
import { eventually, foreignStatus, Place } from "../support/program.ts";
import { recordSample } from "../support/sample_sessions.ts";

/** Writes a report, as a wait does that gives up; returns its address. */
async function reportOf(place: Place, workspace: string): Promise<string> {
  const { code } = await place.run(
    ...["monitor", "wait", "-w", workspace, "--expect", "adr-99", "--quiet"],
    ...["--timeout", "1s", "--report", "html=report.html"],
  );
  assertEquals(code, 124);
  return `file://${place.at("report.html")}`;
}

const BACKGROUND = "getComputedStyle(document.body).backgroundColor";
const brightness = (color: string) =>
  color.match(/\d+/g)!.slice(0, 3).reduce((sum, part) => sum + Number(part), 0);

for (const theme of ["light", "dark"] as const) {
  browserTest(
    `where the system is ${theme} so is the page, until it is switched`,
    async () => {
      await using place = new Place();
      await recordSample(`${place.path}/.parallel`);
      const { url } = await startServer(place);
      await using tab = await Tab.open(url, { theme });
      const { page } = tab;
      const isDark = async () =>
        brightness(await page.evaluate(BACKGROUND)) < 300;
      assertEquals(await isDark(), theme === "dark");
      await page.getByRole("button", { name: /light and dark/ }).click();
      await eventually(async () => await isDark() === (theme === "light"));
      await page.reload();
      await page.locator(".row").first().waitFor();
      assertEquals(await isDark(), theme === "light");
      await page.keyboard.press("t");
      await eventually(async () => await isDark() === (theme === "dark"));
      assertEquals(tab.complaints, []);
    },
  );

  browserTest(`no text is hard to read when it is ${theme}`, async () => {
    await using place = new Place();
    await recordSample(`${place.path}/.parallel`);
    const { url } = await startServer(place);
    await using tab = await Tab.open(url, { theme });
    await tab.row("adrs/adr-04").click();
    await tab.page.locator(".log li").first().waitFor();
    assertEquals(await tab.evaluate(FAINT_TEXTS), []);
  });
}

/** Texts with less contrast to what is behind them than 4.5 to 1. */
const FAINT_TEXTS = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", {
    willReadFrequently: true,
  });
  const over = (colors) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const color of colors) {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === "" || element.closest("script, style, .unseen")) continue;
    const behind = [];
    for (let at = element; at !== null; at = at.parentElement) {
      behind.unshift(getComputedStyle(at).backgroundColor);
    }
    const ground = light(over(behind));
    const ink = light(over([...behind, getComputedStyle(element).color]));
    const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
    if (contrast < 4.5) found.push(text + ": " + contrast.toFixed(2));
  }
  return found;
})()`;

browserTest(
  "on a phone nothing is cut off, and rows can be touched",
  async () => {
    await using place = new Place();
    await recordSample(`${place.path}/.parallel`);
    const { url } = await startServer(place);
    await using tab = await Tab.open(url, { width: 360, height: 740 });
    const { page } = tab;
    await page.locator(".row").first().waitFor();
    const isWide = "document.documentElement.scrollWidth > innerWidth";
    assertEquals(await page.evaluate(isWide), false);
    assertEquals(await page.evaluate(OVERLAPS), []);
    for (const target of await page.locator("button, input, .row").all()) {
      const box = await target.boundingBox();
      assert(box !== null && box.height >= 24, await target.innerHTML());
    }
    await page.getByRole("button", { name: "Timeline" }).click();
    await page.locator(".lane").first().waitFor();
    assertEquals(await page.evaluate(isWide), false);
    await tab.row("adrs/adr-04").click();
    await page.locator(".log li").first().waitFor();
    const panel = await page.locator(".details").boundingBox();
    assertEquals([panel?.x, panel?.width], [0, 360]);
    assertEquals(tab.complaints, []);
  },
);

/** Parts of a row that stand over one another. */
const OVERLAPS = `[...document.querySelectorAll(".row")].flatMap((row) => {
  const parts = [...row.children].map((part) => part.getBoundingClientRect())
    .filter(({ width }) => width > 0);
  return parts.flatMap((a, index) => parts.slice(index + 1).filter((b) =>
    a.left < b.right - 1 && b.left < a.right - 1 &&
    a.top < b.bottom - 1 && b.top < a.bottom - 1
  ).map(() => row.textContent));
})`;

browserTest(
  "a screen reader finds its way, and hears what each sign means",
  async () => {
    await using place = new Place();
    await recordSample(`${place.path}/.parallel`);
    const { url } = await startServer(place, "-w", "adrs");
    await using tab = await Tab.open(url);
    const { page } = tab;
    await page.locator(".row").first().waitFor();
    assertEquals(await page.getAttribute("html", "lang"), "en");
    for (const role of ["banner", "main", "search"] as const) {
      assertEquals(await page.getByRole(role).count(), 1, role);
    }
    for (const name of [/Timeline/, /Needs attention/, /Running/, /Done/]) {
      assertEquals(await page.getByRole("region", { name }).count(), 1);
      assert(await page.getByRole("heading", { name }).count() > 0);
    }
    assertEquals(await page.getByRole("heading", { level: 1 }).count(), 1);
    const row = page.getByRole("link", { name: /^waiting adr-03/ });
    assertEquals(await row.count(), 1);
    const lane = page.getByRole("link", {
      name: /^adr-01: completed, ran 28m 00s, waited 8m 00s/,
    });
    assertEquals(await lane.count(), 1);
    const bare = await page.locator("button, input, select").evaluateAll(
      (found) =>
        found.filter((one) =>
          !one.getAttribute("aria-label") && one.textContent?.trim() === ""
        ).length,
    );
    assertEquals(bare, 0);
  },
);

browserTest(
  "the timeline tells what ran in parallel and what held it up",
  async () => {
    await using place = new Place();
    await recordSample(`${place.path}/.parallel`);
    const { url } = await startServer(place, "-w", "adrs");
    await using tab = await Tab.open(url);
    const { page } = tab;
    const summary = page.locator(".timeline .summary");
    await summary.waitFor();
    const text = await summary.innerText();
    assert(
      /^Up to 6 at the same time\. 2 waited, adr-03 longest: 1\dm/.test(text),
      text,
    );
    assertEquals(await page.locator(".lane").count(), 10);
    assertEquals(await page.locator(".stretch.is-wait").count(), 2);
    assertEquals(await page.locator(".strip .error").count(), 3);
    // The attempt that failed, and the one after it.
    const retried = page.locator(".lane", { hasText: "adr-06" });
    assertEquals(await retried.locator(".stretch").count(), 2);
    const left = async (id: string) =>
      (await page.locator(".lane", { hasText: id }).locator(".stretch").first()
        .boundingBox())!.x;
    assert(await left("adr-01") < await left("adr-07"));
    await page.locator(".lane", { hasText: "adr-04" }).click();
    await page.getByRole("complementary", { name: "adr-04" }).waitFor();
  },
);

browserTest("no label of the time axis is shown in part", async () => {
  await using place = new Place();
  for (const [id, end] of [["a", "10:30:10"], ["b", "10:20:00"]] as const) {
    place.write("adrs", id, {
      "status.json": foreignStatus("adrs", id, {
        state: "completed",
        started_at: "2026-02-13T10:00:00+00:00",
        completed_at: `2026-02-13T${end}+00:00`,
      }),
    });
  }
  const { url } = await startServer(place, "-w", "adrs");
  await using tab = await Tab.open(url);
  await tab.page.locator(".axis span").first().waitFor();
  assert(await tab.page.locator(".axis span").count() > 2);
  assertEquals(await tab.evaluate(CUT_LABELS), []);
});

/** Labels of the axis of which a part is out of sight. */
const CUT_LABELS =
  `[...document.querySelectorAll(".axis span")].flatMap((tick) => {
  const axis = document.querySelector(".axis").getBoundingClientRect();
  const words = document.createRange();
  words.selectNodeContents(tick);
  const { right, top } = words.getClientRects()[words.getClientRects().length - 1];
  return top < axis.bottom && right > axis.right + 1 ? [tick.textContent] : [];
})`;

browserTest(
  "a panel says once that a session waits, and that a log is empty",
  async () => {
    await using place = new Place();
    await recordSample(`${place.path}/.parallel`);
    const written = `${place.path}/.parallel/adrs/by-hand`;
    Deno.mkdirSync(written);
    Deno.writeTextFileSync(`${written}/status.json`, '{"state":"failed"}');
    const { url } = await startServer(place, "-w", "adrs");
    await using tab = await Tab.open(url);
    await tab.row("adrs/adr-03").click();
    const message = tab.page.locator(".details .message");
    assertEquals(
      await message.innerText(),
      "waiting May I run the migration against staging?",
    );
    await tab.row("adrs/by-hand").click();
    await tab.page.getByText("The log is empty").waitFor();
  },
);

browserTest(
  "a report is one file: all is in it, and it asks nobody",
  async () => {
    await using place = new Place();
    await recordSample(`${place.path}/.parallel`);
    const url = await reportOf(place, "adrs");
    await using tab = await Tab.open(url);
    const { page } = tab;
    assertEquals(
      await page.title(),
      "1 waiting · 1 failed · 1 timed out · adrs",
    );
    await page.getByText("It never began").waitFor();
    await tab.row("adrs/adr-04").click();
    const events = page.locator(".log .event");
    await eventually(async () => await events.count() === 5);
    const others = tab.requests.filter((address) =>
      address !== url && !address.startsWith(`${url}#`) &&
      !address.startsWith("data:")
    );
    assertEquals(others, []);
    assertEquals(tab.complaints, []);
  },
);

const EVIL = `<img src=x onerror="alert(1)"><script>alert(2)</script>` +
  `</script><b>bold</b>&amp;"'\u202eesrever\u2028\u0000\u001b[31m`;

for (const kind of ["server", "report"] as const) {
  browserTest(
    `what sessions say stays text on the page of a ${kind}`,
    async () => {
      await using place = new Place();
      const workspace = "<b>w<svg onload=alert(1)>";
      const ids = [
        "<img src=x onerror=alert(1)>",
        "';alert(1);'",
        "a b%20c#d?e&f",
        "javascript:alert(1)",
        "名前-🦊",
        "constructor",
      ];
      for (const id of ids) {
        place.write(workspace, id, {
          "status.json": foreignStatus("w", id, {
            task_description: EVIL,
            message: EVIL,
            errors: [EVIL, `[2026-01-01T00:00:00+00:00] ${EVIL}`],
            output_files: ["javascript:alert(1)", EVIL],
            metadata: { [EVIL]: EVIL, ["__proto__"]: 1 },
            state: "failed",
            completed_at: new Date().toISOString(),
          }),
          "log.jsonl": `${
            JSON.stringify({
              timestamp: new Date().toISOString(),
              event: EVIL,
              session_id: id,
              state: "running",
              progress_pct: 5,
              details: { [EVIL]: EVIL, message: EVIL },
            })
          }\n`,
        });
      }
      const url = kind === "server"
        ? (await startServer(place)).url
        : await reportOf(place, workspace);
      await using tab = await Tab.open(url);
      const { page } = tab;
      for (const id of ids) {
        const row = tab.row(`${workspace}/${id}`);
        await row.click();
        const panel = page.locator(".details");
        await panel.locator(".log li").first().waitFor();
        const text = await panel.innerText();
        assert(text.includes(`<img src=x onerror="alert(1)">`), text);
        assert(text.includes("<202e>esrever"), text);
        assert(!text.includes("\u202e") && !text.includes("\u001b"));
        await page.keyboard.press("Escape");
        await panel.waitFor({ state: "detached" });
      }
      assertEquals(
        await page.locator("#app img, #app b, #app script, #app [onload]")
          .count(),
        0,
      );
      const links = await page.locator("a").evaluateAll((found) =>
        found.map((one) => one.getAttribute("href")!)
      );
      assert(links.every((link) => link.startsWith("#")));
      assertEquals(tab.complaints, []);
    },
  );
}

browserTest(
  "two thousand sessions are drawn a screenful at a time",
  async () => {
    await using place = new Place();
    const states = ["running", "completed", "failed", "running"];
    for (let index = 0; index < 2000; index++) {
      const id = `job-${String(index).padStart(4, "0")}`;
      place.write("many", id, {
        "status.json": foreignStatus("many", id, {
          state: states[index % states.length],
          progress_pct: index % 100,
          message: `Step ${index}`,
        }),
      });
    }
    const { url } = await startServer(place, "-w", "many");
    await using tab = await Tab.open(url);
    const { page } = tab;
    await eventually(async () => await page.title() === "500 failed · many");
    const nodes = () => page.evaluate("document.querySelectorAll('*').length");
    assert((await nodes() as number) < 4000, `${await nodes()} elements`);
    // Wherever it is scrolled to, there is a row two frames later.
    assertEquals(await page.evaluate(BLANKS_WHILE_SCROLLING), 0);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.locator(".in-done .row").last().waitFor();
    assert((await nodes() as number) < 4000, `${await nodes()} elements`);
    await page.getByRole("searchbox").fill("job-1234");
    await eventually(async () => await page.locator(".row").count() === 1);
    await page.getByRole("searchbox").fill("");
    await page.evaluate("scrollTo(0, 0)");
    await page.keyboard.press("Escape");
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press("ArrowDown");
    }
    // The first failure, and 59 more.
    const last = "document.activeElement.dataset.key === 'many/job-0238'";
    await eventually(() => page.evaluate(last));
    place.write("many", "job-0001", {
      "status.json": foreignStatus("many", "job-0001", { message: "Now here" }),
    });
    await page.evaluate("scrollTo(0, 0)");
    await page.getByRole("searchbox").fill("now here");
    await page.getByText("Now here").waitFor();
    assertEquals(tab.complaints, []);
  },
);

const BLANKS_WHILE_SCROLLING = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let blanks = 0;
  for (let y = 900; y < document.body.scrollHeight - 900; y += 1777) {
    scrollTo(0, y);
    await frame();
    await frame();
    const found = document.elementsFromPoint(innerWidth / 2, innerHeight / 2);
    if (!found.some((one) => one.matches(".row, .group, .group h2"))) blanks++;
    const list = found.find((one) => one.matches("ul"));
    if (list && !found.some((one) => one.matches(".row"))) blanks++;
  }
  return blanks;
})()`;
