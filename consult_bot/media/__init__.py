"""Media: what patients attach, made safe before it is kept."""
