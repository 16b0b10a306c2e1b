import Glibc
import HoneydewCLI

exit(CommandLineTool.run())
