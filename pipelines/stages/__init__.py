"""The stages of a cycle, in the order in which data flows through them. Each can be repeated without harm."""
