"""Who works here, and who may take what: pure."""
