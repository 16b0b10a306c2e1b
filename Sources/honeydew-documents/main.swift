// Writes the documents that are made from the programs' own tables below a directory: honeydew-documents DIRECTORY.
import HoneydewCLI
import HoneydewConfig
import HoneydewSystem

let directory = CommandLine.arguments.dropFirst().first ?? "contrib"
var documents = [
  "config.example.yaml": try ConfigurationDocuments.example(),
  "man/honeydew.yaml.5": try ConfigurationDocuments.manual().text,
]
for (name, page) in CommandDocuments.manuals { documents["man/\(name)"] = page.text }
for (name, text) in documents {
  let path = "\(directory)/\(name)"
  try Files.makeParent(of: path)
  try Files.writeAtomically(Array(text.utf8), to: path, mode: 0o644)
}
