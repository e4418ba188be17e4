"""Training of networks: device, threads, seeds, optimiser, schedule, resumable journal."""
