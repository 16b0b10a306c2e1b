// What a worker that was taken over might try, with the system's own calls.
#define _GNU_SOURCE
#include "Attacks.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int failure(long result) { return result == -1 ? errno : 0; }

static int use(int descriptor) {
  if (descriptor == -1) return errno;
  char byte;
  int result = failure(read(descriptor, &byte, 1));
  close(descriptor);
  return result;
}

static int open_to_read(const char *path, const char *unused) {
  (void)unused;
  return use(open(path, O_RDONLY | O_NONBLOCK));
}

static int open_to_write(const char *path, const char *unused) {
  (void)unused;
  return failure(open(path, O_WRONLY | O_CREAT, 0600));
}

// A way around the flags: pointed at, then opened through /proc.
static int open_by_proc(const char *path, const char *unused) {
  (void)unused;
  int place = open(path, O_PATH);
  if (place == -1) return errno;
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", place);
  return use(open(own, O_RDONLY));
}

static int list(const char *path, const char *unused) {
  (void)unused;
  return opendir(path) ? 0 : errno;
}

static int connect_unix(const char *path, const char *unused) {
  (void)unused;
  int client = socket(AF_UNIX, SOCK_STREAM, 0);
  if (client == -1) return errno;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return failure(connect(client, (struct sockaddr *)&address, sizeof address));
}

// A socket of a pair is one that a filter of socket(2) has not seen.
static int connect_pair(const char *path, const char *unused) {
  (void)unused;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == -1) return errno;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return failure(connect(ends[0], (struct sockaddr *)&address, sizeof address));
}

// One end is turned from its peer to another socket of the host.
static int send_from_pair(const char *path, const char *unused) {
  (void)unused;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == -1) return errno;
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  if (connect(ends[0], &nobody, sizeof nobody) == -1) return errno;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return failure(sendto(ends[0], "forged", 6, 0, (struct sockaddr *)&address, sizeof address));
}

static int set_option(const char *level, const char *option) {
  int client = socket(AF_INET, SOCK_STREAM, 0);
  if (client == -1) return errno;
  // As long as the largest of them, struct linger.
  int value[2] = {1, 30};
  int result = failure(setsockopt(client, atoi(level), atoi(option), value, sizeof value));
  close(client);
  return result;
}

static int share_memory(const char *unused, const char *unused_too) {
  (void)unused, (void)unused_too;
  void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? errno : 0;
}

static int open_many(const char *count, const char *unused) {
  (void)unused;
  int wanted = atoi(count), opened = 0, result = 0, copies[1024];
  while (result == 0 && opened < wanted) {
    copies[opened] = dup(0);
    if (copies[opened] == -1) result = errno; else opened++;
  }
  while (opened > 0) close(copies[--opened]);
  return result;
}

static int socket_of(const char *family, const char *type) { return failure(socket(atoi(family), atoi(type), 0)); }

static int listen_tcp(const char *port, const char *unused) {
  (void)unused;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  if (server == -1) return errno;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (bind(server, (struct sockaddr *)&address, sizeof address) == -1) return errno;
  return failure(listen(server, 1));
}

static int listen_unbound(const char *unused, const char *none) {
  (void)unused, (void)none;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  return server == -1 ? errno : failure(listen(server, 1));
}

static int signal_process(const char *pid, const char *number) { return failure(kill(atoi(pid), atoi(number))); }

static int signal_thread(const char *pid, const char *number) {
  return failure(syscall(SYS_tgkill, atoi(pid), atoi(pid), atoi(number)));
}

static int signal_by_descriptor(const char *pid, const char *number) {
  int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
  if (process == -1) return errno;
  return failure(syscall(SYS_pidfd_send_signal, process, atoi(number), NULL, 0));
}

static int signal_by_owner(const char *pid, const char *unused) {
  (void)unused;
  return failure(fcntl(3, F_SETOWN, atoi(pid)));
}

static int trace(const char *pid, const char *unused) {
  (void)unused;
  return failure(ptrace(PTRACE_SEIZE, atoi(pid), 0, 0));
}

static int read_memory(const char *pid, const char *unused) {
  (void)unused;
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  return failure(process_vm_readv(atoi(pid), &here, 1, &there, 1, 0));
}

static int take_descriptor(const char *pid, const char *unused) {
  (void)unused;
  int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
  return process == -1 ? errno : failure(syscall(SYS_pidfd_getfd, process, 1, 0));
}

static int start_process(const char *unused, const char *none) {
  (void)unused, (void)none;
  pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, NULL, 0);
  return failure(child);
}

static int start_by_clone(const char *flags, const char *none) {
  (void)none;
  long child = syscall(SYS_clone, strtoul(flags, NULL, 0) | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return failure(child);
}

static int execute(const char *path, const char *unused) {
  (void)unused;
  char *const arguments[] = {(char *)path, "-c", "exit 0", NULL};
  execv(path, arguments);
  return errno;
}

static int execute_memory(const char *unused, const char *none) {
  (void)unused, (void)none;
  return failure(memfd_create("x", 0));
}

static int make_link(const char *old, const char *new) { return failure(link(old, new)); }
static int make_symlink(const char *old, const char *new) { return failure(symlink(old, new)); }
static int move(const char *old, const char *new) { return failure(rename(old, new)); }

static int make_pipe(const char *path, const char *unused) {
  (void)unused;
  return failure(mkfifo(path, 0600));
}

static int delete(const char *path, const char *unused) {
  (void)unused;
  return failure(unlink(path));
}

static int cut(const char *path, const char *unused) {
  (void)unused;
  return failure(truncate(path, 0));
}

static int open_up(const char *path, const char *unused) {
  (void)unused;
  return failure(chmod(path, 0777));
}

// Gives a name to the file for results, whose number is the argument.
static int name_descriptor(const char *number, const char *path) {
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", atoi(number));
  return failure(linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

static int raise_limit(const char *unused, const char *none) {
  (void)unused, (void)none;
  struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
  return failure(setrlimit(RLIMIT_FSIZE, &limit));
}

static int limit_other(const char *pid, const char *unused) {
  (void)unused;
  struct rlimit limit = {0, 0};
  return failure(prlimit(atoi(pid), RLIMIT_NOFILE, &limit, NULL));
}

static int outlive(const char *unused, const char *none) {
  (void)unused, (void)none;
  return failure(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}

static int be_dumpable(const char *unused, const char *none) {
  (void)unused, (void)none;
  return failure(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int be_root_of_namespace(const char *unused, const char *none) {
  (void)unused, (void)none;
  return failure(unshare(CLONE_NEWUSER));
}

// A call by its number, with zeros.
static int call(const char *number, const char *unused) {
  (void)unused;
  return failure(syscall(atol(number), 0, 0, 0, 0, 0, 0));
}

static const struct {
  const char *name;
  int (*attack)(const char *, const char *);
} attacks[] = {
    {"read", open_to_read}, {"write", open_to_write}, {"read-by-proc", open_by_proc}, {"list", list},
    {"connect", connect_unix}, {"connect-pair", connect_pair}, {"send-from-pair", send_from_pair},
    {"set-option", set_option}, {"share-memory", share_memory}, {"open-many", open_many}, {"socket", socket_of}, {"listen", listen_tcp},
    {"listen-unbound", listen_unbound}, {"signal", signal_process}, {"signal-thread", signal_thread},
    {"signal-by-descriptor", signal_by_descriptor}, {"signal-by-owner", signal_by_owner}, {"trace", trace},
    {"read-memory", read_memory}, {"take-descriptor", take_descriptor}, {"fork", start_process},
    {"clone", start_by_clone}, {"execute", execute}, {"memory-file", execute_memory}, {"link", make_link},
    {"symlink", make_symlink}, {"rename", move}, {"fifo", make_pipe}, {"unlink", delete}, {"truncate", cut},
    {"chmod", open_up}, {"name-result", name_descriptor}, {"raise-limit", raise_limit}, {"limit-other", limit_other},
    {"outlive", outlive}, {"be-dumpable", be_dumpable}, {"namespace", be_root_of_namespace}, {"call", call},
};

int honeydew_attack(const char *name, const char *argument, const char *second) {
  for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    if (strcmp(attacks[i].name, name) == 0) return attacks[i].attack(argument, second);
  }
  return -1;
}

const char *honeydew_error_name(int number) { return strerrorname_np(number); }
