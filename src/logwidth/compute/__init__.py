"""Room: compute. Threads, workers, devices and memory: where work is done, never what it means."""
