"""What is kept of a crowd, and the alert kinds that watch it: one baseline per subject."""
