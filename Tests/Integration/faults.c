// Makes system calls of a program under test fail on request: preload it, and give it the file of switches.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

// The layout of `fault_injection.Faults`. An errno of 0 lets the call through.
struct switches {
  int write, sync, read, spawn;
  // Added to the wall clock.
  long long clock_seconds;
  // The faults of files are for those whose path ends in this.
  char suffix[32];
  // So many calls from now the one that fails, alone.
  struct once { int number, error; } write_once, sync_once, read_once;
};

static struct switches none;
static volatile struct switches *switches = &none;
#define write_ONCE &switches->write_once
#define sync_ONCE &switches->sync_once
#define read_ONCE &switches->read_once

__attribute__((constructor)) static void open_switches(void) {
  int file = open(getenv("FAULTS"), O_RDWR | O_CLOEXEC);
  void *mapped = mmap(NULL, sizeof(struct switches), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) abort();
  close(file);
  switches = mapped;
}

static int hits(int file) {
  char link[64], path[4096], suffix[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  // What has no path, such as an eventfd, cannot fail so.
  if (length < 0 || path[0] != '/') return 0;
  path[length] = 0;
  memcpy(suffix, (const char *)switches->suffix, sizeof suffix);
  size_t tail = strlen(suffix);
  return (size_t)length >= tail && strcmp(path + length - tail, suffix) == 0;
}

static int once(volatile struct once *once, int file) {
  if (once->number <= 0 || !hits(file)) return 0;
  return __sync_sub_and_fetch(&once->number, 1) == 0 ? once->error : 0;
}

#define FILE_CALL(fault, result, name, parameters, arguments)   \
  result name parameters {                                      \
    static result(*real) parameters;                            \
    if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
    int error = switches->fault;                                \
    if (error && hits(file)) return errno = error, -1;          \
    if ((error = once(fault##_ONCE, file))) return errno = error, -1; \
    return real arguments;                                      \
  }

FILE_CALL(write, ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
FILE_CALL(write, ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
FILE_CALL(write, ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
FILE_CALL(read, ssize_t, pread, (int file, void *bytes, size_t count, off_t at), (file, bytes, count, at))
FILE_CALL(read, ssize_t, pread64, (int file, void *bytes, size_t count, off64_t at), (file, bytes, count, at))
FILE_CALL(sync, int, fsync, (int file), (file))
FILE_CALL(sync, int, fdatasync, (int file), (file))

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  static __typeof__(&posix_spawn) real;
  if (!real) real = (__typeof__(&posix_spawn))dlsym(RTLD_NEXT, "posix_spawn");
  return switches->spawn ? switches->spawn : real(pid, path, actions, attributes, arguments, environment);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static __typeof__(&clock_gettime) real;
  if (!real) real = (__typeof__(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += switches->clock_seconds;
  return result;
}
