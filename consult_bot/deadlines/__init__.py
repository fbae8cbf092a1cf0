"""Deadlines: when the practice is open, by when a patient is answered, and how that is said."""
