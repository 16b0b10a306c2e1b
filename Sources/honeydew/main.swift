import Glibc
import HoneydewCLI

exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
