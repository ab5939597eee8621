"""Programs that people connect to the gateway, as they are released, against the gateway as it is started.

They are large and come from elsewhere, so that they are run by hand (`make clients`) and not with the tests.
"""
