// protoc-gen-honeydew
