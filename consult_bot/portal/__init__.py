"""The patient's pages: the way in by link and code, the case, and what the patient does there."""
