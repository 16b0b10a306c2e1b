// Writes the documents that are made from the programs' own tables below a directory: honeydew-documents DIRECTORY.
import HoneydewConfig
import HoneydewSystem

let directory = CommandLine.arguments.dropFirst().first ?? "contrib"
let documents = ["config.example.yaml": try ConfigurationDocuments.example()]
for (name, text) in documents {
  try Files.writeAtomically(Array(text.utf8), to: "\(directory)/\(name)", mode: 0o644)
}
