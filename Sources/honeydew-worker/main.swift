import Glibc
import HoneydewWorker

exit(WorkerProcess.run(arguments: Array(CommandLine.arguments.dropFirst())))
