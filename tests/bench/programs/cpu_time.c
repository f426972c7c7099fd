/* cpu_time PID: prints the processor time of a process so far (ns), with that
 * of its threads that have ended; /proc counts in hundredths of a second. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int count, char **arguments) {
  clockid_t clock;
  struct timespec used;
  if (count != 2) return 2;
  if (clock_getcpuclockid(atoi(arguments[1]), &clock) != 0) return 1;
  if (clock_gettime(clock, &used) != 0) return 1;
  printf("%lld\n", used.tv_sec * 1000000000LL + used.tv_nsec);
  return 0;
}
