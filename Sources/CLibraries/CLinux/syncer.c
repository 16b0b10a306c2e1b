// A thread that waits for the disk in the loop's place. It knows descriptors and two eventfds, and no Swift.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

// Enough for the C library's functions; the thread calls few.
enum { stack_size = 128 << 10 };

struct honeydew_syncer {
  pthread_t thread;
  honeydew_sync_function sync;
  // Written by the loop to wake the thread, and by the thread to wake the loop. Between the two writes the fields below
  // are the thread's, else they are the loop's.
  int wake, done;
  atomic_int stopping;
  int descriptors[HONEYDEW_SYNC_CAPACITY];
  int count;
  struct honeydew_sync result;
};

int honeydew_sync_descriptor(int descriptor) {
  // Without its times: to look at them makes the next write of the file cost more.
  struct statx status;
  int is_directory = statx(descriptor, "", AT_EMPTY_PATH, STATX_TYPE, &status) == 0 && S_ISDIR(status.stx_mode);
  int result;
  do result = is_directory ? fsync(descriptor) : fdatasync(descriptor);
  while (result == -1 && errno == EINTR);
  return result;
}

void honeydew_sync_all(honeydew_sync_function sync, const int *descriptors, int count, struct honeydew_sync *result) {
  struct timespec begin, end;
  *result = (struct honeydew_sync){0};
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < count && !result->error; i++) {
    if (sync(descriptors[i]) == -1) {
      result->error = errno;
      result->failed = i;
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  result->nanoseconds = (int64_t)(end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec);
}

static void ring(int event) {
  uint64_t one = 1;
  while (write(event, &one, sizeof one) == -1 && errno == EINTR) {
  }
}

static void close_descriptors(struct honeydew_syncer *syncer) {
  for (int i = 0; i < syncer->count; i++) close(syncer->descriptors[i]);
  syncer->count = 0;
}

static void *run(void *context) {
  struct honeydew_syncer *syncer = context;
  uint64_t rings;
  for (;;) {
    if (read(syncer->wake, &rings, sizeof rings) == -1 && errno != EINTR) return NULL;
    if (atomic_load(&syncer->stopping)) return NULL;
    honeydew_sync_all(syncer->sync, syncer->descriptors, syncer->count, &syncer->result);
    close_descriptors(syncer);
    ring(syncer->done);
  }
}

// Without signals: they are the loop's.
static int start_thread(struct honeydew_syncer *syncer) {
  pthread_attr_t attributes;
  int failure = pthread_attr_init(&attributes);
  if (failure) return failure;
  pthread_attr_setstacksize(&attributes, stack_size);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  failure = pthread_create(&syncer->thread, &attributes, run, syncer);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return failure;
}

static void release(struct honeydew_syncer *syncer) {
  close_descriptors(syncer);
  if (syncer->wake >= 0) close(syncer->wake);
  if (syncer->done >= 0) close(syncer->done);
  free(syncer);
}

struct honeydew_syncer *honeydew_syncer_start(honeydew_sync_function sync) {
  struct honeydew_syncer *syncer = calloc(1, sizeof *syncer);
  if (!syncer) return NULL;
  syncer->sync = sync;
  syncer->wake = eventfd(0, EFD_CLOEXEC);
  syncer->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int failure = syncer->wake < 0 || syncer->done < 0 ? errno : start_thread(syncer);
  if (!failure) return syncer;
  release(syncer);
  errno = failure;
  return NULL;
}

int honeydew_syncer_descriptor(const struct honeydew_syncer *syncer) { return syncer->done; }

int honeydew_syncer_begin(struct honeydew_syncer *syncer, const int *descriptors, int count) {
  if (count > HONEYDEW_SYNC_CAPACITY) {
    errno = E2BIG;
    return -1;
  }
  for (int i = 0; i < count; i++) {
    // The caller may close its own meanwhile, and the number may become another file's.
    int copy = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 3);
    if (copy == -1) {
      int failure = errno;
      close_descriptors(syncer);
      errno = failure;
      return -1;
    }
    syncer->descriptors[syncer->count++] = copy;
  }
  ring(syncer->wake);
  return 0;
}

int honeydew_syncer_take(struct honeydew_syncer *syncer, struct honeydew_sync *result) {
  uint64_t rings;
  if (read(syncer->done, &rings, sizeof rings) != sizeof rings) return 0;
  *result = syncer->result;
  return 1;
}

int honeydew_syncer_stop(struct honeydew_syncer *syncer, int64_t timeout_ns) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += timeout_ns / 1000000000;
  end.tv_nsec += timeout_ns % 1000000000;
  if (end.tv_nsec >= 1000000000) {
    end.tv_sec++;
    end.tv_nsec -= 1000000000;
  }
  atomic_store(&syncer->stopping, 1);
  ring(syncer->wake);
  if (pthread_clockjoin_np(syncer->thread, NULL, CLOCK_MONOTONIC, &end)) {
    pthread_detach(syncer->thread);
    return 0;
  }
  release(syncer);
  return 1;
}
