"""How replies come in."""
