internal import Glibc
internal import HoneydewDaemon

exit(runDaemon(Array(CommandLine.arguments.dropFirst())))
