// SQLite, with variadic functions as typed ones: Swift cannot call variadics.
#ifndef HONEYDEW_CSQLITE_H
#define HONEYDEW_CSQLITE_H

#include <sqlite3.h>

// For a process that uses SQLite on one thread: no mutexes, and no statistics of memory, which have the last one.
static inline int honeydew_sqlite_use_one_thread(void) {
  int result = sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  return result == SQLITE_OK ? sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) : result;
}

// What is written in a database's schema can neither call functions with effects nor damage the file.
static inline void honeydew_sqlite_distrust_schema(sqlite3 *connection) {
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
}

// Closing the last connection neither copies the log back nor removes it.
static inline int honeydew_sqlite_keep_log(sqlite3 *connection) {
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

#endif
