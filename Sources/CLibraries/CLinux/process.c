#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The child's descriptors 0 to 3 are made one after the other, so a source among them could be overwritten before its
// turn: copies above them go in their place.
static int clear_of_targets(int source, int *copy) {
  *copy = -1;
  if (source < 0 || source > 3) return source;
  return *copy = fcntl(source, F_DUPFD_CLOEXEC, 4);
}

static void close_copy(int copy) {
  if (copy >= 0) close(copy);
}

static int set_up(
    posix_spawn_file_actions_t *actions, const char *directory, int output, int error, int channel) {
  int failure = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  if (!failure && directory) failure = posix_spawn_file_actions_addchdir_np(actions, directory);
  if (!failure && output >= 0) failure = posix_spawn_file_actions_adddup2(actions, output, 1);
  if (!failure && error >= 0) failure = posix_spawn_file_actions_adddup2(actions, error, 2);
  if (!failure && channel >= 0) failure = posix_spawn_file_actions_adddup2(actions, channel, 3);
  if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(actions, channel >= 0 ? 4 : 3);
  return failure;
}

static int start(const struct honeydew_spawn *child, int output, int error, int channel, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  // Not sigfillset: it leaves out the two signals of glibc's threads, which posix_spawn would then have ignored.
  memset(&all, 0xff, sizeof all);
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure) return failure;
  failure = posix_spawnattr_init(&attributes);
  if (!failure) {
    // The leader of a session leads its group already, and may not move to another one.
    short group = child->starts_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    failure = posix_spawnattr_setflags(&attributes, group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!failure) failure = posix_spawnattr_setpgroup(&attributes, 0);
    if (!failure) failure = posix_spawnattr_setsigmask(&attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!failure) failure = set_up(&actions, child->directory, output, error, channel);
    if (!failure) failure = posix_spawn(pid, child->path, &actions, &attributes, child->arguments, child->environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

// The soft limit before it was raised; the highest there is when it never was.
static rlim_t descriptors_of_children = RLIM_INFINITY;

int honeydew_raise_descriptor_limit(uint64_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == -1) return -1;
  if (limit.rlim_cur >= wanted) return 0;
  rlim_t before = limit.rlim_cur;
  limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) == -1) return -1;
  if (descriptors_of_children == RLIM_INFINITY) descriptors_of_children = before;
  return 0;
}

// A child has the limits that its parent has at the moment, so the parent goes back to the lower one for it. Descriptors
// that are open above it stay open, and the child's own opens come after it has closed the number that they get.
static int start_with_limit(const struct honeydew_spawn *child, int output, int error, int channel, pid_t *pid) {
  struct rlimit ours, theirs;
  int is_lower = getrlimit(RLIMIT_NOFILE, &ours) == 0 && ours.rlim_cur > descriptors_of_children;
  if (is_lower) {
    theirs = ours;
    theirs.rlim_cur = descriptors_of_children;
    is_lower = setrlimit(RLIMIT_NOFILE, &theirs) == 0;
  }
  int failure = start(child, output, error, channel, pid);
  if (is_lower) setrlimit(RLIMIT_NOFILE, &ours);
  return failure;
}

int honeydew_spawn(const struct honeydew_spawn *child, int32_t *pid, int *pidfd) {
  int copies[3] = {-1, -1, -1};
  int output = clear_of_targets(child->output, &copies[0]);
  int error = output == -1 && child->output >= 0 ? -1 : clear_of_targets(child->error, &copies[1]);
  int channel = error == -1 && child->error >= 0 ? -1 : clear_of_targets(child->channel, &copies[2]);
  pid_t started = 0;
  int failure;
  if ((output == -1 && child->output >= 0) || (error == -1 && child->error >= 0) ||
      (channel == -1 && child->channel >= 0)) {
    failure = errno;
  } else {
    failure = start_with_limit(child, output, error, channel, &started);
  }
  for (int i = 0; i < 3; i++) close_copy(copies[i]);
  if (!failure) {
    *pid = started;
    // Nobody else reaps this child, so its number still names it.
    *pidfd = pidfd_open(started, 0);
    if (*pidfd >= 0) return 0;
    failure = errno;
    kill(-started, SIGKILL);
    while (waitpid(started, NULL, 0) == -1 && errno == EINTR) continue;
  }
  errno = failure;
  return -1;
}

// The system call itself, because libc's waitid leaves the resource usage out.
static int wait_id(idtype_t type, int id, int peek, struct honeydew_exit *exit) {
  siginfo_t info = {0};
  struct rusage usage = {0};
  int options = WEXITED | WNOHANG | (peek ? WNOWAIT : 0);
  if (syscall(SYS_waitid, type, id, &info, options, &usage) == -1) return -1;
  if (info.si_pid == 0) return 0;
  exit->pid = info.si_pid;
  exit->status = info.si_status;
  exit->signalled = info.si_code != CLD_EXITED;
  exit->core_dumped = info.si_code == CLD_DUMPED;
  exit->max_resident_kib = usage.ru_maxrss;
  exit->cpu_microseconds = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  return 1;
}

int honeydew_wait_pidfd(int pidfd, int peek, struct honeydew_exit *exit) { return wait_id(P_PIDFD, pidfd, peek, exit); }

int honeydew_wait_pid(int32_t pid, int peek, struct honeydew_exit *exit) {
  int found = wait_id(pid == 0 ? P_ALL : P_PID, pid, peek, exit);
  return found == -1 && errno == ECHILD ? 0 : found;
}

int honeydew_wait_any(struct honeydew_exit *exit) { return wait_id(P_ALL, 0, 0, exit); }

int honeydew_pidfd_open(int32_t pid) { return pidfd_open(pid, 0); }

int honeydew_pidfd_signal(int pidfd, int signal) { return pidfd_send_signal(pidfd, signal, NULL, 0); }

void honeydew_map_large_allocations(void) { mallopt(M_MMAP_THRESHOLD, 256 << 10); }

void honeydew_trim_heap(void) { malloc_trim(0); }
