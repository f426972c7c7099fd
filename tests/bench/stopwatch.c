/* stopwatch OUT COMMAND ARGUMENT…: runs a command and writes into the file OUT
 * its wall time (ns), processor time (us), peak memory (KiB) and exit code.
 * Small itself: a child's peak includes that of the process it came from. */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time) {
  return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int count, char **arguments) {
  pid_t child;
  int status;
  struct rusage used;
  if (count < 3) return 2;
  long long began = now_ns();
  if (posix_spawnp(&child, arguments[2], NULL, NULL, arguments + 2, environ))
    return 1;
  if (wait4(child, &status, 0, &used) < 0) return 1;
  long long ended = now_ns();
#ifdef __APPLE__
  used.ru_maxrss /= 1024;
#endif
  FILE *out = fopen(arguments[1], "w");
  if (out == NULL) return 1;
  fprintf(out, "%lld %lld %ld %d\n", ended - began,
          microseconds(used.ru_utime) + microseconds(used.ru_stime),
          used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
  return fclose(out) == 0 ? 0 : 1;
}
