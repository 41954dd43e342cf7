"""The dialog in which somebody brings data of their own into a network."""
