#ifndef HONEYDEW_ATTACKS_H
#define HONEYDEW_ATTACKS_H

// Tries what no worker may do. 0 when it succeeded, else errno; -1 for an attack that there is not.
int honeydew_attack(const char *name, const char *argument, const char *second);
// "EPERM" for EPERM.
const char *honeydew_error_name(int number);

#endif
