"""GradStudio: build computational graphs by drag and drop and see backpropagation happen."""

__version__ = "0.1.0"
