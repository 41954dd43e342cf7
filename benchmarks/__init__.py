"""Side by side with peers: what GradStudio costs, measured."""
