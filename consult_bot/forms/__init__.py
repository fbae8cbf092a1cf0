"""Forms: FHIR R4 Questionnaires, what patients answer to them, and how that is shown."""
