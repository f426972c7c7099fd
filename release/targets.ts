/**
 * What is released: one executable for each system. Bun puts it together from
 * the runtime of that system, which is an npm package; its integrity is what
 * the registry says of the version that the Makefile pins, so that the same
 * bytes go in wherever a release is made.
 */

/** One system that ptrack is released for. */
export interface Target {
  /** Such as `linux-x64`: what archives and install.sh call it. */
  name: string;
  /** What the executable is called there. */
  executable: string;
  /** The npm package that has Bun's runtime. */
  runtime: string;
  /** The SRI hash of that package in the pinned version. */
  integrity: string;
}

/** The version of Bun that the integrities below belong to. */
export const BUN_VERSION = "1.4.5";

/** Every target; the x64 runtimes need no AVX2. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    executable: "ptrack",
    runtime: "@oven/bun-linux-x64",
    integrity:
      "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  {
    name: "linux-arm64",
    executable: "ptrack",
    runtime: "@oven/bun-linux-aarch64",
    integrity:
      "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  {
    name: "linux-x64-musl",
    executable: "ptrack",
    runtime: "@oven/bun-linux-x64-musl",
    integrity:
      "sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==",
  },
  {
    name: "linux-arm64-musl",
    executable: "ptrack",
    runtime: "@oven/bun-linux-aarch64-musl",
    integrity:
      "sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
  {
    name: "darwin-x64",
    executable: "ptrack",
    runtime: "@oven/bun-darwin-x64",
    integrity:
      "sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  },
  {
    name: "darwin-arm64",
    executable: "ptrack",
    runtime: "@oven/bun-darwin-aarch64",
    integrity:
      "sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
  {
    name: "windows-x64",
    executable: "ptrack.exe",
    runtime: "@oven/bun-windows-x64",
    integrity:
      "sha512-FNvply651vcE/GHgNWz6mZvhmkwBuu8Hw54oNzA+CQog+HW+542rXQmZqNHRkFxazD9L3xi+iTtvO3engAgJfw==",
  },
];

/** What the archive of a target is called. */
export function archiveName(target: Target): string {
  const ending = target.name.startsWith("windows") ? "zip" : "tar.gz";
  return `ptrack-${target.name}.${ending}`;
}
