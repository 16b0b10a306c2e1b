// Linux system calls that Swift's Glibc module does not offer.
#ifndef HONEYDEW_CLINUX_H
#define HONEYDEW_CLINUX_H

int honeydew_linux_placeholder(void);

#endif
