/**
 * What is inside an executable besides ptrack's own code: the npm packages that
 * its code imports and Bun's runtime. Told twice: as an SPDX document for programs,
 * and as the notices that the packages' licenses ask to be passed on.
 */
import { Buffer } from "node:buffer";
import { existsSync } from "@std/fs";
import { call } from "./runtimes.ts";
import { BUN_VERSION, type Target, TARGETS } from "./targets.ts";

/** An npm package that the code is bundled with. */
export interface Package {
  name: string;
  version: string;
  /** The SRI hash by which the lockfile knows it. */
  integrity: string;
  /** An SPDX expression, as its package.json has it. */
  license: string;
  /** The text of its license, empty if it comes with none. */
  notice: string;
}

/** Where the code in an executable begins: the program, and the page in it. */
const ENTRIES = ["main.ts", "lib/web/page/main.tsx"];

/** What `deno info` tells of an entry. */
interface Graph {
  modules: { npmPackage?: string }[];
  /** All of deno.lock, by `name@version`. */
  npmPackages?: Record<string, { dependencies: string[] }>;
}

/**
 * The packages that the executable contains, with licenses from the cache of
 * Deno: of those of deno.lock the ones that are reached from the entries. The
 * others are there for the tests.
 */
export async function bundledPackages(
  root: string,
  denoDir: string,
): Promise<Package[]> {
  const { npm: locked }: { npm: Record<string, { integrity: string }> } = JSON
    .parse(Deno.readTextFileSync(`${root}/deno.lock`));
  const ids = await reachedPackages(root);
  return [...ids].sort().map((id) => {
    const at = id.indexOf("@", 1);
    const [name, version] = [id.slice(0, at), id.slice(at + 1)];
    const { integrity } = locked[id] ?? {};
    if (integrity === undefined) {
      throw new Error(`Cannot find the npm package ${id} in deno.lock`);
    }
    const folder = cachedPackage(denoDir, `${name}/${version}`);
    const { license } = JSON.parse(
      Deno.readTextFileSync(`${folder}/package.json`),
    );
    const notice = licenseText(folder);
    return { name, version, integrity, license, notice };
  });
}

/** What the entries import, and what that depends on, as `name@version`. */
async function reachedPackages(root: string): Promise<Set<string>> {
  const reached = new Set<string>();
  for (const entry of ENTRIES) {
    const args = ["info", "--json", "--frozen", entry];
    const told = await call(Deno.execPath(), args, { cwd: root });
    const { modules, npmPackages = {} }: Graph = JSON.parse(told);
    const visit = (id: string) => {
      if (reached.has(id)) return;
      reached.add(id);
      npmPackages[id]?.dependencies.forEach(visit);
    };
    for (const { npmPackage } of modules) {
      if (npmPackage !== undefined) visit(npmPackage);
    }
  }
  return reached;
}

/** Where the cache has a package; it is below the name of the registry. */
function cachedPackage(denoDir: string, name: string): string {
  for (const registry of Deno.readDirSync(`${denoDir}/npm`)) {
    const folder = `${denoDir}/npm/${registry.name}/${name}`;
    if (existsSync(folder)) return folder;
  }
  throw new Error(`Cannot find the npm package ${name} in "${denoDir}"`);
}

function licenseText(folder: string): string {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const name = names.find((name) => /^licen[cs]e/i.test(name));
  return name === undefined
    ? ""
    : Deno.readTextFileSync(`${folder}/${name}`).trim();
}

/** What the licenses of the packages want to be said with each copy. */
export function notices(packages: readonly Package[]): string {
  const runtime =
    `Bun ${BUN_VERSION}, the runtime that the executable contains, is under the MIT ` +
    "license.\nIt links JavaScriptCore and WebKit (LGPL-2.0 and LGPL-2.1) and other " +
    "libraries; Bun's\nown documentation lists them, with their licenses and how to " +
    "link others.\n";
  return `The executable contains, besides ptrack:\n\n${runtime}\n${
    packageNotices(packages)
  }`;
}

/** The licenses of the packages alone, one after the other. */
export function packageNotices(packages: readonly Package[]): string {
  return packages.map(({ name, version, license, notice }) =>
    `${"-".repeat(72)}\n${name} ${version} (${license})\n\n${
      notice || "The package comes without a text of its license."
    }\n`
  ).join("\n");
}

/** What an SPDX document is about. */
export interface Release {
  version: string;
  /** When it was made: the time of its last change, in seconds. */
  timeS: number;
  packages: readonly Package[];
  /** Each archive's name and the SHA-256 of what is in it, by target. */
  executables: ReadonlyMap<Target, string>;
}

const UNKNOWN = "NOASSERTION";

/** The SPDX 2.3 document of a release, as JSON. */
export function spdx(release: Release): string {
  const own = [...release.executables].map(([target, sha256]) => ({
    ...spdxPackage({
      id: `ptrack-${target.name}`,
      name: "ptrack",
      version: release.version,
      license: "MIT",
    }),
    packageFileName: target.executable,
    checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
    primaryPackagePurpose: "APPLICATION",
  }));
  const bundled = release.packages.map((one) => npmPackage(one));
  const runtimes = TARGETS.filter((target) => release.executables.has(target))
    .map((target) =>
      npmPackage({
        name: target.runtime,
        version: BUN_VERSION,
        integrity: target.integrity,
        license: "MIT",
      })
    );
  const contains = own.flatMap((one, at) =>
    [...bundled, runtimes[at]!].map((part) => ({
      spdxElementId: one.SPDXID,
      relationshipType: "CONTAINS",
      relatedSpdxElement: part.SPDXID,
    }))
  );
  const describes = own.map((one) => ({
    spdxElementId: "SPDXRef-DOCUMENT",
    relationshipType: "DESCRIBES",
    relatedSpdxElement: one.SPDXID,
  }));
  const hashes = [...release.executables.values()].join("").slice(0, 32);
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `ptrack-${release.version}`,
    documentNamespace: `urn:ptrack:${release.version}:${hashes}`,
    creationInfo: {
      created: new Date(release.timeS * 1000).toISOString()
        .replace(/\.\d+/, ""),
      creators: ["Tool: ptrack-make-release"],
    },
    packages: [...own, ...bundled, ...runtimes],
    relationships: [...describes, ...contains],
  };
  return JSON.stringify(document, null, 2) + "\n";
}

function spdxPackage(
  { id, name, version, license }: Record<
    "id" | "name" | "version" | "license",
    string
  >,
) {
  return {
    SPDXID: `SPDXRef-${id.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`,
    name,
    versionInfo: version,
    downloadLocation: UNKNOWN,
    filesAnalyzed: false,
    licenseConcluded: UNKNOWN,
    licenseDeclared: license,
    copyrightText: UNKNOWN,
  };
}

function npmPackage(one: Omit<Package, "notice">) {
  const [algorithm, hash] = one.integrity.split("-") as [string, string];
  return {
    ...spdxPackage({ ...one, id: `npm-${one.name}-${one.version}` }),
    checksums: [{
      algorithm: algorithm.toUpperCase(),
      checksumValue: Buffer.from(hash, "base64").toString("hex"),
    }],
    externalRefs: [{
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: `pkg:npm/${
        one.name.replace("@", "%40")
      }@${one.version}`,
    }],
  };
}
