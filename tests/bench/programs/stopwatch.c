/* stopwatch ROUNDS COMMAND… --- COMMAND…: runs the commands in turn, each round
 * in another order, and prints for each run its command's number, wall time
 * (ns) and peak memory (KiB). "-i FILE" before a command is its standard input.
 * A first round is not printed. Small, since a child's peak includes that of
 * the process it came from. For Linux. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define COMMANDS 64

extern char **environ;

struct command {
  char *input;
  char **words;
};

static struct command commands[COMMANDS];
static int order[COMMANDS];

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int fail(char *name, const char *why) {
  fprintf(stderr, "%s: %s\n", name, why);
  return 1;
}

/* Returns how many there are; the separators become the ends of the lists. */
static int read_commands(char **words) {
  int count = 0;
  while (*words != NULL && count < COMMANDS) {
    struct command *command = &commands[count++];
    command->input = "/dev/null";
    if (strcmp(*words, "-i") == 0) {
      command->input = words[1];
      words += 2;
    }
    command->words = words;
    while (*words != NULL && strcmp(*words, "---") != 0) words++;
    if (*words != NULL) *words++ = NULL;
  }
  return count;
}

static int run(int number, int is_printed) {
  struct command *command = &commands[number];
  posix_spawn_file_actions_t files;
  pid_t child;
  int status;
  struct rusage used;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, command->input, O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  long long began = now_ns();
  int error = posix_spawnp(&child, command->words[0], &files, NULL,
                           command->words, environ);
  if (error != 0) return fail(command->words[0], strerror(error));
  if (wait4(child, &status, 0, &used) < 0)
    return fail(command->words[0], strerror(errno));
  long long ended = now_ns();
  posix_spawn_file_actions_destroy(&files);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(command->words[0], "failed");
  if (is_printed)
    printf("%d %lld %ld\n", number, ended - began, used.ru_maxrss);
  return 0;
}

static void shuffle(int count) {
  for (int i = 0; i < count; i++) order[i] = i;
  for (int i = count - 1; i > 0; i--) {
    int j = rand() % (i + 1);
    int other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
}

int main(int count, char **words) {
  if (count < 3) return 2;
  int rounds = atoi(words[1]);
  int known = read_commands(words + 2);
  for (int round = 0; round <= rounds; round++) {
    shuffle(known);
    for (int i = 0; i < known; i++)
      if (run(order[i], round > 0) != 0) return 1;
  }
  return 0;
}
