"""Dialogs of the window: help and gradient check."""
