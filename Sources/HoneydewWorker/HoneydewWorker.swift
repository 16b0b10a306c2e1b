// HoneydewWorker
