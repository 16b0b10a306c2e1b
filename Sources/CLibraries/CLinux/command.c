#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// What follows up to `run` is the child of a vfork: it has the parent's memory, so it may write to its failure only, and
// call nothing but the kernel.

static _Noreturn void give_up(struct honeydew_start_failure *failure, int stage) {
  failure->number = errno;
  failure->stage = stage;
  _exit(127);
}

static int limit(int resource, int64_t soft, int64_t hard) {
  struct rlimit now;
  if (soft < 0) return 0;
  if (getrlimit(resource, &now) == -1) return -1;
  if ((rlim_t)hard < now.rlim_max) now.rlim_max = (rlim_t)hard;
  now.rlim_cur = (rlim_t)soft < now.rlim_max ? (rlim_t)soft : now.rlim_max;
  return setrlimit(resource, &now);
}

static int set_limits(const struct honeydew_command *command) {
  if (limit(RLIMIT_DATA, command->data_bytes, command->data_bytes) == -1) return -1;
  // SIGXCPU at the soft one, SIGKILL at the hard one.
  return limit(RLIMIT_CPU, command->cpu_seconds, command->cpu_seconds + 2);
}

static int be_nice(int added) {
  if (added == 0) return 0;
  errno = 0;
  int now = getpriority(PRIO_PROCESS, 0);
  if (now == -1 && errno != 0) return -1;
  return setpriority(PRIO_PROCESS, 0, now + added);
}

static int connect_streams(const struct honeydew_command *command) {
  if (command->terminal >= 0 && ioctl(command->terminal, TIOCSCTTY, 0) == -1) return -1;
  if (dup2(command->input, 0) == -1 || dup2(command->output, 1) == -1 || dup2(command->error, 2) == -1) return -1;
  return close_range(3, ~0U, 0);
}

// As execvp(3) goes through its candidates, but for another process's PATH. A script without a first line that names its
// interpreter is the shell's: `script` has room for its path.
static void try_candidates(
    const struct honeydew_command *command, const char **script, struct honeydew_start_failure *failure) {
  int was_denied = 0;
  errno = ENOENT;
  for (int i = 0; command->candidates[i] != NULL; i++) {
    execve(command->candidates[i], command->arguments, command->environment);
    if (errno == ENOEXEC) {
      script[1] = command->candidates[i];
      execve("/bin/sh", (char *const *)script, command->environment);
    }
    if (!was_denied) failure->candidate = i;
    if (errno == EACCES) {
      was_denied = 1;
    } else if (errno != ENOENT && errno != ESTALE && errno != ENOTDIR && errno != ENODEV && errno != ETIMEDOUT) {
      return;
    }
  }
  if (was_denied) errno = EACCES;
}

static _Noreturn void run(
    const struct honeydew_command *command, const char **script, struct honeydew_start_failure *failure) {
  sigset_t none;
  if (setsid() == -1) give_up(failure, HONEYDEW_START_SESSION);
  if (connect_streams(command) == -1) give_up(failure, HONEYDEW_START_STREAMS);
  if (command->directory != NULL && chdir(command->directory) == -1) give_up(failure, HONEYDEW_START_DIRECTORY);
  if (be_nice(command->nice) == -1) give_up(failure, HONEYDEW_START_NICE);
  if (set_limits(command) == -1) give_up(failure, HONEYDEW_START_LIMITS);
  // A handler ends with the execution by itself; what this program ignores would stay ignored.
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) signal(number, SIG_DFL);
  }
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  try_candidates(command, script, failure);
  give_up(failure, HONEYDEW_START_PROGRAM);
}

// In a function of its own, so that no variable of the caller lives in a register that the child changes.
static __attribute__((noinline)) pid_t start(
    const struct honeydew_command *command, const char **script, struct honeydew_start_failure *failure) {
  pid_t child = vfork();
  if (child == 0) run(command, script, failure);
  return child;
}

int honeydew_start_command(
    const struct honeydew_command *command, int32_t *pid, struct honeydew_start_failure *failure) {
  sigset_t all, before;
  memset(failure, 0, sizeof *failure);
  size_t count = 0;
  while (command->arguments[count] != NULL) count++;
  const char **script = calloc(count + 2, sizeof *script);
  if (script == NULL) {
    failure->stage = HONEYDEW_START_PROCESS;
    failure->number = ENOMEM;
    return -1;
  }
  script[0] = "sh";
  for (size_t i = 1; i < count; i++) script[i + 1] = command->arguments[i];
  sigfillset(&all);
  // A handler in the child would run in this process's memory.
  sigprocmask(SIG_BLOCK, &all, &before);
  pid_t child = start(command, script, failure);
  int number = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  free(script);
  if (child == -1) {
    failure->stage = HONEYDEW_START_PROCESS;
    failure->number = number;
  } else if (failure->number != 0) {
    while (waitpid(child, NULL, 0) == -1 && errno == EINTR) continue;
  } else {
    *pid = child;
    return 0;
  }
  errno = failure->number;
  return -1;
}

int honeydew_open_terminal(int columns, int rows, int *terminal) {
  struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
  int locked = 0;
  int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (ours == -1) return -1;
  if (ioctl(ours, TIOCSPTLCK, &locked) == 0 && ioctl(ours, TIOCSWINSZ, &size) == 0) {
    *terminal = ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*terminal >= 0) return ours;
  }
  int number = errno;
  close(ours);
  errno = number;
  return -1;
}

int honeydew_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
