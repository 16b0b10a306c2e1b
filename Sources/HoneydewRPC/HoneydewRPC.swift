// HoneydewRPC
