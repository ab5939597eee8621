"""How fast and how exact the product is, beside others; run from the root of the checkout."""
