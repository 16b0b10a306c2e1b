import Glibc
internal import HoneydewDaemon

exit(runDaemon())
