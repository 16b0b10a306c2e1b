// Landlock (landlock(7)) by its system calls, since glibc has no functions for them, and the handler of calls that a
// filter of seccomp(2) refuses.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// The kernel's interface as of version 7, which the headers of an older system do not have in full. A kernel takes a
// longer structure than it knows when what it does not know is zero.
struct ruleset {
  uint64_t files, network, scoped;
};
struct path_rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

enum {
  create_ruleset_version = 1 << 0,
  rule_path_beneath = 1,
  read_file = 1 << 2,
  read_directory = 1 << 3,
  network_bind_tcp = 1 << 0,
  scope_abstract_sockets = 1 << 0,
  scope_signals = 1 << 1,
};

// Bits of `files` by version: 13 at first, then REFER, TRUNCATE and, from 5 on, IOCTL_DEV.
static uint64_t file_uses(int version) {
  int bits = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
  return (1ULL << bits) - 1;
}

int honeydew_landlock_version(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, create_ruleset_version);
  return version < 0 ? 0 : (int)version;
}

// A path that is not there, or that cannot be reached, is nothing to be read.
static int allow(int ruleset, const char *path) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place == -1) return 0;
  struct stat status;
  int result = fstat(place, &status);
  if (result == 0) {
    struct path_rule rule = {read_file | (S_ISDIR(status.st_mode) ? read_directory : 0), place};
    result = (int)syscall(SYS_landlock_add_rule, ruleset, rule_path_beneath, &rule, 0);
  }
  int failure = errno;
  close(place);
  errno = failure;
  return result;
}

int honeydew_landlock_restrict(const char *const *readable, int count) {
  int version = honeydew_landlock_version();
  if (version == 0) return 0;
  struct ruleset uses = {
      .files = file_uses(version),
      .network = version >= 4 ? network_bind_tcp : 0,
      .scoped = version >= 6 ? scope_abstract_sockets | scope_signals : 0,
  };
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &uses, sizeof uses, 0);
  if (ruleset == -1) return -1;
  int result = 0;
  for (int i = 0; i < count && result == 0; i++) result = allow(ruleset, readable[i]);
  if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
  int failure = errno;
  close(ruleset);
  errno = failure;
  return result == 0 ? version : -1;
}

static volatile sig_atomic_t refused_call = -1;

static void refuse(int signal, siginfo_t *info, void *context) {
  (void)signal;
  refused_call = info->si_syscall;
  ucontext_t *state = context;
#if defined(__x86_64__)
  state->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
  state->uc_mcontext.regs[0] = (uint64_t)-EPERM;
#else
#error "where does this processor have a system call's result?"
#endif
}

int honeydew_remember_refused_calls(void) {
  struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
  sigemptyset(&action.sa_mask);
  return sigaction(SIGSYS, &action, NULL);
}

int honeydew_take_refused_call(void) {
  int call = refused_call;
  refused_call = -1;
  return call;
}

int honeydew_drop_capabilities(void) {
  // Past the last capability that the kernel knows the call fails, and without CAP_SETPCAP there are none to drop.
  for (int capability = 0; capability < 64; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  int result = (int)syscall(SYS_capset, &header, none);
  // A unit whose filter refuses the call has given its processes none.
  return result == -1 && errno == EPERM ? 0 : result;
}
