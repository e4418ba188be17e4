"""What all subjects use: the state folder, the ledger of cycles, the model registry, processes, errors."""
