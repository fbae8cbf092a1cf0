"""The stories that must always work, played over real HTTP."""
