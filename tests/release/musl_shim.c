/*
 * The few names by which Debian's libstdc++ asks more of a C library than musl
 * has. Loaded as "ld-linux-x86-64.so.2", which it also asks for, this lets the
 * musl executable run where no musl build of libstdc++ can be had. For tests only.
 */
#include <stddef.h>

struct tm;
long getrandom(void *, size_t, unsigned);
size_t strftime_l(char *, size_t, const char *, const struct tm *, void *);

char __libc_single_threaded;
unsigned __cpu_model[4];

int __cpu_indicator_init(void) { return 0; }

/* Nothing is found: exceptions cannot be thrown, and none is. */
int _dl_find_object(void *address, void *result) {
  (void)address;
  (void)result;
  return -1;
}

/* Destructors of threads do not run. */
int __cxa_thread_atexit_impl(void (*run)(void *), void *object, void *handle) {
  (void)run;
  (void)object;
  (void)handle;
  return 0;
}

unsigned arc4random(void) {
  unsigned value = 0;
  getrandom(&value, sizeof value, 0);
  return value;
}

size_t __strftime_l(char *text, size_t size, const char *format,
                    const struct tm *time, void *locale) {
  return strftime_l(text, size, format, time, locale);
}
