// honeydew-worker
