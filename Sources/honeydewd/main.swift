// honeydewd
