// SQLite, with a variadic function as a typed one: Swift cannot call variadics.
#ifndef HONEYDEW_CSQLITE_H
#define HONEYDEW_CSQLITE_H

#include <sqlite3.h>

// For a process that uses SQLite on one thread: no mutexes, and no statistics of memory, which have the last one.
static inline int honeydew_sqlite_use_one_thread(void) {
  int result = sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  return result == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) : result;
}

#endif
