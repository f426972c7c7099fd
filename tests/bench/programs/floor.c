/* floor SESSION: the steps that a heartbeat takes with files, and nothing
 * else: reads the status and the end of the log in that directory, appends a
 * line, replaces the status. What no other program can be faster than. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char line[] =
    "{\"timestamp\":\"2026-02-13T10:15:00.000000+00:00\","
    "\"event\":\"heartbeat\",\"session_id\":\"floor\",\"state\":\"running\","
    "\"progress_pct\":42,\"details\":{\"pct\":42},\"attempt\":1}\n";
static char status[1 << 14];
static char tail[512];

int main(int count, char **arguments) {
  if (count != 2) return 2;
  int place = open(arguments[1], O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  int old = openat(place, "status.json", O_RDONLY | O_NOFOLLOW);
  ssize_t length = pread(old, status, sizeof status, 0);
  close(old);
  int log = openat(place, "log.jsonl", O_RDWR | O_APPEND | O_NOFOLLOW);
  struct stat found;
  if (length < 0 || fstat(log, &found) != 0) return 1;
  off_t from = found.st_size > (off_t)sizeof tail ? found.st_size - sizeof tail : 0;
  if (pread(log, tail, sizeof tail, from) < 0) return 1;
  if (write(log, line, sizeof line - 1) != sizeof line - 1) return 1;
  int part = openat(place, ".status.json.part", O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (write(part, status, length) != length) return 1;
  close(part);
  if (renameat(place, ".status.json.part", place, "status.json") != 0) return 1;
  if (fstat(log, &found) != 0) return 1;
  if (faccessat(place, "COMPLETED", F_OK, 0) == 0) return 1;
  if (faccessat(place, "FAILED", F_OK, 0) == 0) return 1;
  return 0;
}
