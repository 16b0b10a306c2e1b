// honeydew
