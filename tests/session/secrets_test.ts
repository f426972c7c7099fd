/** Secrets in texts: what is masked, what is left, and at what cost. */
import { assert, assertEquals } from "@std/assert";
import { mayHoldSecret } from "../../lib/session/event.ts";
import {
  MASK,
  maskCommand,
  maskDetails,
  maskText,
} from "../../lib/session/secrets.ts";

/** Texts with a secret, between marks. */
const SECRETS = [
  // Bearer and basic tokens.
  'curl -H "Authorization: Bearer «sk-live-1234»" https://h/',
  "Authorization: bearer «hunter2»",
  "Authorization: Bearer «mysecretvalue», then",
  "authorization: Basic «dXNlcjpwYXNz»",
  "-H 'Authorization: token «abcdef»'",
  "Proxy-Authorization: Basic «YTpicg==»",
  "Bearer «eyJhbGciOi.eyJzdWIiOi.c2ln»",
  // Tokens of services.
  "use «sk-abc123»",
  "use «sk-ant-api03-abcdefghijklmnop»",
  "a key «sk_live_abcd1234» of Stripe",
  "push with «ghp_abcdEFGH1234» now",
  "«github_pat_11ABC_def»",
  "«glpat-abcdefgh»",
  "«xoxb-123-456-abc»",
  "AWS: «AKIAIOSFODNN7EXAMPLE»",
  "«ASIAIOSFODNN7EXAMPLE»",
  "jwt «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1»",
  // Passwords in URLs.
  "git clone https://user:«hunter2»@host/x",
  "postgres://u:«p@ss»@db/x",
  "postgres://u:«pa/ss»@db/x",
  "redis://:«only»@h:6379/0",
  "https://«abcdefghij0123456789»@github.com/x",
  // Options.
  "mysql --password «hunter2» db",
  "login --password=«hunter2»",
  "login --password «'two words'» -v",
  "x --client-secret «abc» y",
  "x --api-key «abc» y",
  "x --auth-token «abc» y",
  "x -password «abc»",
  "mysql -u root -p«hunter2» db",
  "curl -u me:«hunter2» https://h",
  "curl --user me:«hunter2» https://h",
  "sshpass -p «hunter2» ssh h",
  // Assignments.
  "export AWS_SECRET_ACCESS_KEY=«SECRET3»",
  "AWS_SECRET_ACCESS_KEY=«wJalr/K7MDENG+bPx=»",
  'PASSWORD=«"two words"» ./run',
  "DB_PASS=«a» PGPASSWORD=«b»",
  "MY_KEY_PROD=«x» run",
  "apiKey=«abc»",
  "GITHUB_TOKEN=«abc»",
  "https://h/?a=1&token=«SECRET4»&b=2",
  "https://h/?X-Amz-Security-Token=«abc»&b=2",
  '{"password": «"x"»}',
  '{"env": {"apiKey": «"letmein"»}}',
  String.raw`{\"password\": «\"two words\"»}`,
  "password: «hunter2»",
  "x-api-key: «abcd1234»",
  "-H 'X-Api-Key: «abc»'",
  "GITHUB_TOKEN: «abc»",
  "secret = «abc»",
  "key=«abc»",
  // In prose.
  "my password is «hunter2,» deploy with it",
  "denied for root with password «SECRET6»",
  "bad x-api-key «SECRET8»",
  // Keys.
  "-----BEGIN RSA PRIVATE KEY-----«\nMIIE\n»-----END RSA PRIVATE KEY-----",
];

/** What people write without a secret. */
const HARMLESS = [
  "Drafting options",
  "ADR-001: Basic authentication strategy",
  "Bearer tokens, bearer authentication",
  "Edit lib/session/secrets.ts",
  "task-12345678 on disk-0123456789",
  "12 passed, 3 failed",
  "pass=12 fail=3",
  "max_tokens=4096",
  "monkey=banana keyboard=us",
  "the option --password is required",
  "docker login --password-stdin",
  "sort --key 2,2",
  "mkdir -p a/b",
  "if (key === value) return",
  "key => value",
  "Unexpected token: identifier",
  "Invalid token: expected",
  "http://localhost:8080/@scope/pkg",
  "git@github.com:me/x.git",
  "ssh://git@host/x",
  "https://h:8443/x",
  "PASSWORD=$DB_PASSWORD TOKEN=${TOKEN}",
  "npm_config_registry=x",
  "token=null",
  "Prompt: the token is expired",
  "1/3 key",
  "cache-key: linux",
];

Deno.test("secrets of the known shapes are masked, and nothing beside them", () => {
  for (const text of SECRETS) {
    const whole = text.replaceAll(/«([^«»]*)»/g, "$1");
    const expected = text.replaceAll(/«([^«»]*)»/g, MASK);
    assertEquals(maskText(whole), expected);
    assertEquals(maskText(expected), expected);
    assert(mayHoldSecret(JSON.stringify({ message: whole })), whole);
  }
});

Deno.test("texts without a secret stay as they are", () => {
  for (const text of HARMLESS) assertEquals(maskText(text), text);
});

Deno.test("usual messages do not even load the patterns", () => {
  const usual = [
    "Drafting options",
    "Edit lib/session/fold.ts",
    "Bash: make test",
    "12 passed, 3 failed",
    "Prompt: fix the keyboard shortcuts of the page",
    "CI=1 make check",
  ];
  for (const message of usual) {
    assert(!mayHoldSecret(JSON.stringify({ message, pct: 50 })), message);
  }
});

Deno.test("a command line is masked word by word, blanks and quotes in it or not", () => {
  const masked = maskCommand([
    "sh",
    "-c",
    "exit 3",
    "--password=it's a secret",
    "--token",
    "two words",
    "DB_PASSWORD=a b",
    "https://u:p@h/",
    "--key",
    "2",
    "--password-stdin",
    "x",
  ]);
  assertEquals(masked, [
    "sh",
    "-c",
    "exit 3",
    `--password=${MASK}`,
    "--token",
    MASK,
    `DB_PASSWORD=${MASK}`,
    `https://u:${MASK}@h/`,
    "--key",
    "2",
    "--password-stdin",
    "x",
  ]);
  assertEquals(maskCommand(masked), masked);
});

Deno.test("details are masked however deep, but not what names things", () => {
  const kept = {
    owner: { pid: 1, host: "sk-0123456789" },
    output_files: ["key=5/part.parquet"],
    batch: "token=5",
    pct: 3,
  };
  const agent = { session: "sk-1234567", subagent: { id: "token=x" } };
  assertEquals(
    maskDetails({
      ...kept,
      tail: ["a", "TOKEN=x"],
      agent: { ...agent, subagent: { ...agent.subagent, asks: "PWD=x" } },
      metadata: { token: "x", n: { apiKey: "y", count: 1 }, id: "ghp_abcd" },
    }),
    {
      ...kept,
      tail: ["a", `TOKEN=${MASK}`],
      agent: { ...agent, subagent: { id: "token=x", asks: `PWD=${MASK}` } },
      metadata: { token: MASK, n: { apiKey: MASK, count: 1 }, id: MASK },
    },
  );
});

Deno.test("long texts that look almost like secrets take no quadratic time", () => {
  const parts = [
    "a",
    "-",
    "key='",
    'key="',
    "https://",
    "://a:",
    "--password ",
    "curl ",
    "mysql ",
    "-----BEGIN PRIVATE KEY-----",
    "eyJ",
    "password",
    '\\\\"',
    "= ",
  ];
  // Quadratic, each would take minutes: the test would be ended.
  for (const part of parts) {
    maskText(part.repeat(Math.ceil(200_000 / part.length)));
  }
});
