#define _GNU_SOURCE
#include "CLinux.h"
int honeydew_linux_placeholder(void) { return 0; }
