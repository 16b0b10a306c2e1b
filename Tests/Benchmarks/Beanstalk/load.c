// The client of beanstalkd that the bench measures beside Honeydew: as thin as a client can be. Its protocol is in
// beanstalkd's doc/protocol.txt.
//
//   beanstalk-load SOCKET CLIENTS WORKERS COUNT
//
// CLIENTS connections put COUNT jobs, one at a time each; WORKERS processes reserve and delete them. With no clients the
// jobs are there already, with no workers they are left there. Prints the microseconds that it took.

#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The bytes of the job that Honeydew is given.
#define PUT "put 0 0 3600 16\r\n{\"diag.noop\":{}}\r\n"
#define MOST 64

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) errx(1, "%s is too long", path);
  strcpy(address.sun_path, path);
  int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address)) err(1, "%s", path);
  return connection;
}

static void say(int connection, const char *words) {
  size_t count = strlen(words);
  if (write(connection, words, count) != (ssize_t)count) err(1, "write");
}

// Reads an answer of so many lines; answers of this protocol come one at a time.
static void receive(int connection, const char *beginning, int lines, char *answer, size_t room) {
  size_t count = 0;
  for (int ends = 0; ends < lines;) {
    ssize_t more = count + 1 < room ? read(connection, answer + count, room - 1 - count) : 0;
    if (more <= 0) err(1, "read");
    for (ssize_t i = 0; i < more; i++) ends += answer[count + i] == '\n';
    count += more;
  }
  answer[count] = 0;
  if (strncmp(answer, beginning, strlen(beginning))) errx(1, "beanstalkd says: %s", answer);
}

static void put(const char *path, int clients, int count) {
  struct pollfd entries[MOST];
  char answer[256];
  int sent = 0;
  for (int i = 0; i < clients; i++) entries[i] = (struct pollfd){.fd = connect_to(path), .events = POLLIN};
  for (int i = 0; i < clients && sent < count; i++, sent++) say(entries[i].fd, PUT);
  for (int received = 0; received < count;) {
    if (poll(entries, clients, 60000) <= 0) err(1, "poll");
    for (int i = 0; i < clients; i++) {
      if (!entries[i].revents) continue;
      receive(entries[i].fd, "INSERTED ", 1, answer, sizeof answer);
      received++;
      if (sent < count) say(entries[i].fd, PUT), sent++;
    }
  }
  for (int i = 0; i < clients; i++) close(entries[i].fd);
}

// Takes jobs until it is killed; tells by the pipe when it is ready, and when it has deleted the last of them all.
static void work(const char *path, int start, int end, atomic_int *left) {
  char answer[256], words[64];
  unsigned long long id;
  int connection = connect_to(path);
  say(end, "r");
  // Until the start is closed.
  if (read(start, answer, 1) != 0) err(1, "read");
  for (;;) {
    say(connection, "reserve\r\n");
    receive(connection, "RESERVED ", 2, answer, sizeof answer);
    if (sscanf(answer, "RESERVED %llu", &id) != 1) errx(1, "beanstalkd says: %s", answer);
    snprintf(words, sizeof words, "delete %llu\r\n", id);
    say(connection, words);
    receive(connection, "DELETED", 1, answer, sizeof answer);
    if (atomic_fetch_sub(left, 1) == 1) say(end, "!");
  }
}

int main(int argc, char *argv[]) {
  if (argc != 5) errx(2, "usage: beanstalk-load SOCKET CLIENTS WORKERS COUNT");
  int clients = atoi(argv[2]), workers = atoi(argv[3]), count = atoi(argv[4]);
  if (clients < 0 || clients > MOST || workers < 0 || workers > MOST || count < 1) errx(2, "a number is out of range");
  atomic_int *left = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int start[2], end[2];
  if (left == MAP_FAILED || pipe(start) || pipe(end)) err(1, "pipe");
  *left = count;
  pid_t children[MOST];
  for (int i = 0; i < workers; i++) {
    children[i] = fork();
    if (children[i] < 0) err(1, "fork");
    if (children[i] == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(start[1]);
      close(end[0]);
      work(argv[1], start[0], end[1], left);
    }
  }
  close(end[1]);
  char byte;
  for (int i = 0; i < workers; i++) {
    if (read(end[0], &byte, 1) != 1) errx(1, "a worker has ended");
  }
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  close(start[1]);
  if (clients) put(argv[1], clients, count);
  if (workers && read(end[0], &byte, 1) != 1) errx(1, "the workers have ended");
  clock_gettime(CLOCK_MONOTONIC, &ended);
  for (int i = 0; i < workers; i++) kill(children[i], SIGKILL), waitpid(children[i], NULL, 0);
  printf("%.0f\n", (ended.tv_sec - began.tv_sec) * 1e6 + (ended.tv_nsec - began.tv_nsec) / 1e3);
}
