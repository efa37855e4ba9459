"""Estimators: numbers in, frozen dataclasses out; no files, no trial data frames."""
