#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

int honeydew_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int honeydew_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns) {
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  return epoll_pwait2(epoll, events, capacity, timeout_ns < 0 ? NULL : &timeout, NULL);
}

int honeydew_wall_alarm_create(void) { return timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int honeydew_wall_alarm_set(int alarm, int64_t seconds, int64_t nanoseconds) {
  struct itimerspec at = {.it_value = {.tv_sec = seconds, .tv_nsec = nanoseconds}};
  return timerfd_settime(alarm, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

int honeydew_signal_open(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  if (sigprocmask(SIG_BLOCK, &set, NULL) == -1) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int honeydew_signal_read(int descriptor, struct honeydew_signal *signal) {
  struct signalfd_siginfo info;
  ssize_t count = read(descriptor, &info, sizeof info);
  if (count != sizeof info) return -1;
  signal->signal = (int32_t)info.ssi_signo;
  signal->sender_pid = (int32_t)info.ssi_pid;
  signal->sender_uid = info.ssi_uid;
  return 1;
}

const char *honeydew_signal_name(int signal) { return sigabbrev_np(signal); }

int honeydew_link_count(int descriptor, uint32_t *count) {
  struct statx status;
  if (statx(descriptor, "", AT_EMPTY_PATH, STATX_NLINK, &status) == -1) return -1;
  *count = status.stx_nlink;
  return 0;
}

int honeydew_socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

int honeydew_unix_socket(int datagram, int nonblocking) {
  int type = datagram ? SOCK_DGRAM : SOCK_STREAM;
  return socket(AF_UNIX, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
}

int honeydew_set_send_timeout(int socket, int64_t microseconds) {
  struct timeval limit = {.tv_sec = microseconds / 1000000, .tv_usec = microseconds % 1000000};
  return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int honeydew_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int honeydew_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == -1) return -1;
  *pid = peer.pid;
  *uid = peer.uid;
  *gid = peer.gid;
  return 0;
}

int honeydew_peer_groups(int socket, uint32_t *groups, int capacity) {
  socklen_t length = (socklen_t)capacity * sizeof *groups;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &length) == -1) return -1;
  return (int)(length / sizeof *groups);
}

ssize_t honeydew_send_file(int socket, const void *bytes, size_t count, int file) {
  struct iovec part = {(void *)bytes, count};
  union {
    char bytes[CMSG_SPACE(sizeof file)];
    struct cmsghdr header;
  } control = {0};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof file);
  memcpy(CMSG_DATA(header), &file, sizeof file);
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t honeydew_receive_file(int socket, void *bytes, size_t capacity, int *file) {
  struct iovec part = {bytes, capacity};
  union {
    char bytes[CMSG_SPACE(8 * sizeof *file)];
    struct cmsghdr header;
  } control;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  *file = -1;
  ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (count == -1) return -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; at + sizeof *file <= header->cmsg_len - CMSG_LEN(0); at += sizeof *file) {
      if (*file >= 0) close(*file);
      memcpy(file, CMSG_DATA(header) + at, sizeof *file);
    }
  }
  return count;
}

int honeydew_open_nameless(int directory) { return openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int honeydew_link_nameless(int file, int directory, const char *name) {
  // With AT_EMPTY_PATH it would take a capability.
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", file);
  return linkat(AT_FDCWD, own, directory, name, AT_SYMLINK_FOLLOW);
}

int honeydew_open(const char *path, int flags, mode_t mode) { return open(path, flags | O_CLOEXEC, mode); }

int honeydew_open_path(const char *path) { return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

int honeydew_open_at(int directory, const char *name, int flags, mode_t mode) {
  return openat(directory, name, flags | O_CLOEXEC, mode);
}

int honeydew_rename_new(int directory, const char *name, int new_directory, const char *new_name) {
  return renameat2(directory, name, new_directory, new_name, RENAME_NOREPLACE);
}

int honeydew_set_nonblocking(int descriptor, int on) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags == -1) return -1;
  return fcntl(descriptor, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int honeydew_set_close_on_exec(int descriptor, int on) { return fcntl(descriptor, F_SETFD, on ? FD_CLOEXEC : 0); }

int honeydew_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }

int honeydew_terminal_columns(int descriptor) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) == -1) return -1;
  return size.ws_col;
}

int honeydew_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int honeydew_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

int honeydew_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int honeydew_set_dumpable(int on) { return prctl(PR_SET_DUMPABLE, on, 0, 0, 0); }

int honeydew_get_processors(uint64_t bits[16]) { return sched_getaffinity(0, sizeof(cpu_set_t), (cpu_set_t *)bits); }

int honeydew_set_processors(const uint64_t bits[16]) {
  return sched_setaffinity(0, sizeof(cpu_set_t), (const cpu_set_t *)bits);
}

int honeydew_unread_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}
