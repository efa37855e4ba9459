"""Regenerates a clinical study report from a locked data cut, with every number traceable to its records."""
