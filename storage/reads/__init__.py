"""What lists and boards look at: many cases at once, never changing any."""
