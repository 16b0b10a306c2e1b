import Glibc
import HoneydewWorker

exit(WorkerProcess.run(arguments: CommandLine.arguments))
