"""The ways in for replies."""
