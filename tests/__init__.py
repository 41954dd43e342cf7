"""The truths GradStudio keeps, one sentence each."""
