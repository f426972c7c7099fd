/** Key orders of docs/format.md and docs/cli.md, written down once. */

/** The keys of a status.json before our own. */
export const SEED_KEYS = [
  "session_id",
  "workspace",
  "state",
  "task_description",
  "progress_pct",
  "message",
  "errors",
  "started_at",
  "last_heartbeat",
  "completed_at",
  "output_files",
  "metadata",
];

/** The keys of a verdict in the JSON summary. */
export const VERDICT_KEYS = [
  "state",
  "recorded_state",
  "reason",
  "since",
  "stale",
  "waiting",
  "heartbeat_age_s",
  "progress_age_s",
  "elapsed_s",
  "eta_s",
];
