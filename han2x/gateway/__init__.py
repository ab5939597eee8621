"""One meter as it runs."""
