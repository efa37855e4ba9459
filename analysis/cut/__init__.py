"""Reading datasets, checking them, applying the data cut-off and locking the result."""
