"""The words that patients and clinicians read in more than one place."""
