// libseccomp, with its macros as constants: Swift does not see them.
#ifndef HONEYDEW_CSECCOMP_H
#define HONEYDEW_CSECCOMP_H

#include <seccomp.h>

static inline uint32_t honeydew_seccomp_allow(void) { return SCMP_ACT_ALLOW; }

static inline uint32_t honeydew_seccomp_trap(void) { return SCMP_ACT_TRAP; }

static inline uint32_t honeydew_seccomp_errno(uint16_t number) { return SCMP_ACT_ERRNO(number); }

#endif
