// Linux system calls that Swift's Glibc module does not offer, or that Swift cannot call (variadics, unions).
// Every function returns -1 and sets errno on failure unless its comment says otherwise.
#ifndef HONEYDEW_CLINUX_H
#define HONEYDEW_CLINUX_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/types.h>
#include <time.h>

// MARK: epoll, timerfd, signalfd

int honeydew_epoll_create(void);
// Waits for events; `timeout_ns` below zero waits without end.
int honeydew_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns);
// Bytes that wait to be read from a socket (SIOCINQ in unix(7)); 0 for what is none.
int honeydew_unread_bytes(int descriptor);

// A non-blocking CLOCK_REALTIME timer.
int honeydew_wall_alarm_create(void);
// Arms the alarm for the absolute wall time `seconds` and `nanoseconds`; both 0 disarms it. While armed, a jump of the
// clock wakes it too: ECANCELED from here or from reading it means that the clock was set.
int honeydew_wall_alarm_set(int alarm, int64_t seconds, int64_t nanoseconds);

struct honeydew_signal {
  int32_t signal;
  int32_t sender_pid;
  uint32_t sender_uid;
};
// Blocks `count` signals in this thread and returns a non-blocking descriptor that reads them.
int honeydew_signal_open(const int *signals, int count);
// Reads one signal: 1 when there was one, else -1.
int honeydew_signal_read(int descriptor, struct honeydew_signal *signal);
// "KILL" for SIGKILL; NULL for a number without a name.
const char *honeydew_signal_name(int signal);

// MARK: sockets

// Both ends close-on-exec and blocking.
int honeydew_socket_pair(int ends[2]);
// An unbound AF_UNIX socket, close-on-exec; `datagram` chooses SOCK_DGRAM over SOCK_STREAM.
int honeydew_unix_socket(int datagram, int nonblocking);
// How long a blocking send waits, and a connect for a place in the backlog (unix(7)); EAGAIN then.
int honeydew_set_send_timeout(int socket, int64_t microseconds);
// The connection is close-on-exec and non-blocking.
int honeydew_accept(int listener);
int honeydew_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);
// The number of supplementary groups; ERANGE when there is no room for them.
int honeydew_peer_groups(int socket, uint32_t *groups, int capacity);
// Sends bytes and with the first of them an open file (SCM_RIGHTS in unix(7)); like send(2).
ssize_t honeydew_send_file(int socket, const void *bytes, size_t count, int file);
// Like recv(2). `file` becomes a file that came along, close-on-exec, else -1; of several the last one.
ssize_t honeydew_receive_file(int socket, void *bytes, size_t capacity, int *file);

// MARK: files and terminals

// A file without a name in a directory (O_TMPFILE in open(2)), for reading and writing, and its first name.
int honeydew_open_nameless(int directory);
int honeydew_link_nameless(int file, int directory, const char *name);

// The names that an open file has.
int honeydew_link_count(int descriptor, uint32_t *count);
int honeydew_open(const char *path, int flags, mode_t mode);
// The file itself, a link too, without the right to read or write it (O_PATH).
int honeydew_open_path(const char *path);
int honeydew_open_at(int directory, const char *name, int flags, mode_t mode);
// EEXIST when something has the new name.
int honeydew_rename_new(int directory, const char *name, int new_directory, const char *new_name);
int honeydew_set_nonblocking(int descriptor, int on);
int honeydew_set_close_on_exec(int descriptor, int on);
// A close-on-exec copy of the descriptor.
int honeydew_duplicate(int descriptor);
int honeydew_terminal_columns(int descriptor);

// MARK: processes

struct honeydew_spawn {
  const char *path;
  char *const *arguments;
  char *const *environment;
  // Descriptors of the caller; -1 for none. Without `output` or `error` the child shares the caller's.
  int output, error, channel;
  // The child's working directory; NULL is the caller's.
  const char *directory;
  // Whether it leads a session of its own (setsid(2)), without a terminal, and not only a process group.
  int starts_session;
};
// Raises this process's soft limit on descriptors to `wanted`, as far as the hard one lets it. Children are started with the
// limit that this process had before: a program that uses select(2) may not get a descriptor above its sets.
int honeydew_raise_descriptor_limit(uint64_t wanted);
// Starts a child as the leader of its own process group with an empty signal mask, default dispositions, standard
// input from /dev/null, `channel` as descriptor 3 and no descriptor above. Nothing but libc runs between fork and exec.
int honeydew_spawn(const struct honeydew_spawn *child, int32_t *pid, int *pidfd);

struct honeydew_exit {
  int32_t pid;
  int32_t status;  // exit code, or the signal's number
  int32_t signalled;
  int32_t core_dumped;
  int64_t max_resident_kib;
  int64_t cpu_microseconds;
};
// Both: 1 when there is an ended child, 0 when there is none yet. With `peek` the child stays a zombie.
int honeydew_wait_pidfd(int pidfd, int peek, struct honeydew_exit *exit);
// Any ended child of this process when `pid` is 0. No child at all is 0 too.
int honeydew_wait_pid(int32_t pid, int peek, struct honeydew_exit *exit);

int honeydew_pidfd_open(int32_t pid);
int honeydew_pidfd_signal(int pidfd, int signal);

int honeydew_set_child_subreaper(void);
int honeydew_set_parent_death_signal(int signal);
int honeydew_set_no_new_privileges(void);
int honeydew_set_dumpable(int on);
// Drops all capabilities of this process and of what it starts (capabilities(7)).
int honeydew_drop_capabilities(void);

// MARK: local commands

struct honeydew_command {
  // The paths that are tried one after the other, and NULL behind them.
  const char *const *candidates;
  char *const *arguments;
  char *const *environment;
  // NULL for the caller's.
  const char *directory;
  // Descriptors of the caller above 2 that become the standard ones.
  int input, output, error;
  // The one of them that becomes the controlling terminal; -1 for none.
  int terminal;
  int nice;
  // Limits; -1 for none.
  int64_t data_bytes, cpu_seconds;
};
enum {
  HONEYDEW_START_PROCESS = 1,
  HONEYDEW_START_SESSION,
  HONEYDEW_START_STREAMS,
  HONEYDEW_START_DIRECTORY,
  HONEYDEW_START_NICE,
  HONEYDEW_START_LIMITS,
  HONEYDEW_START_PROGRAM,
};
struct honeydew_start_failure {
  int32_t stage, number, candidate;
};
// Starts a command in its own session with an empty signal mask, default dispositions and no descriptor but the standard
// ones. Nothing but system calls in C runs between fork and exec. On failure there is no child.
int honeydew_start_command(
    const struct honeydew_command *command, int32_t *pid, struct honeydew_start_failure *failure);
// Our side of a new pseudo-terminal, close-on-exec and non-blocking; `terminal` is its other side, close-on-exec.
int honeydew_open_terminal(int columns, int rows, int *terminal);
// Both ends close-on-exec and blocking.
int honeydew_pipe(int ends[2]);
// Reaps any ended child of this process: 1 when there was one, 0 when all live, -1 and ECHILD when there is none.
int honeydew_wait_any(struct honeydew_exit *exit);

// MARK: the sandbox of a worker

// The version of Landlock that the kernel offers, from 1; 0 where it has none or has it switched off.
int honeydew_landlock_version(void);
// Gives up for good, in this thread and all that it starts, every use of the file system that the kernel's version knows,
// but for reading what is at and below the paths; those that are not there are passed over. Where the version has them
// also TCP listening, signals to processes outside and abstract sockets of processes outside.
// Needs no_new_privs. Answers the version that is in force, 0 where the kernel has none.
int honeydew_landlock_restrict(const char *const *readable, int count);

// Has a call that a filter of seccomp(2) traps fail with EPERM, and remembers its number.
int honeydew_remember_refused_calls(void);
// The number of the last such call, which is forgotten by it; -1 for none.
int honeydew_take_refused_call(void);

// The processors that this thread and its children may run on, a bit each; 1024 as in glibc's cpu_set_t.
int honeydew_get_processors(uint64_t bits[16]);
int honeydew_set_processors(const uint64_t bits[16]);

void honeydew_map_large_allocations(void);
void honeydew_trim_heap(void);

// MARK: the syncer

struct honeydew_sync {
  int32_t error;   // errno of the first sync that failed, else 0
  int32_t failed;  // its place in the list
  int64_t nanoseconds;
};
// What syncs one descriptor: 0, or -1 and errno.
typedef int (*honeydew_sync_function)(int descriptor);
// fsync for a directory, fdatasync for all else.
int honeydew_sync_descriptor(int descriptor);
// Syncs the descriptors in order, in the calling thread, up to the first that fails.
void honeydew_sync_all(honeydew_sync_function sync, const int *descriptors, int count, struct honeydew_sync *result);

#define HONEYDEW_SYNC_CAPACITY 64
struct honeydew_syncer;
// Starts a thread that syncs and does nothing else, with all signals blocked; NULL and errno when there can be none.
struct honeydew_syncer *honeydew_syncer_start(honeydew_sync_function sync);
// Readable when a result can be taken.
int honeydew_syncer_descriptor(const struct honeydew_syncer *syncer);
// Begins to sync copies of at most HONEYDEW_SYNC_CAPACITY descriptors. Not before the last result was taken.
int honeydew_syncer_begin(struct honeydew_syncer *syncer, const int *descriptors, int count);
// 1 when there was a result, else 0.
int honeydew_syncer_take(struct honeydew_syncer *syncer, struct honeydew_sync *result);
// Ends the thread, which is waited for at most so long while it syncs. 1 when it has ended; else 0, and it is left to
// itself with what it uses.
int honeydew_syncer_stop(struct honeydew_syncer *syncer, int64_t timeout_ns);

#endif
