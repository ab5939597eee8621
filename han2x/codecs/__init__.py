"""Frame → values: the encodings inside a frame. All of it gets complete input, so that errors are exceptions here.

apdu          LLC and APDU: what stands in front of the body of a push list
axdr          A-XDR encoded COSEM data → plain Python values
untagged      lists whose attribute descriptors stand without type tags
date_time     the COSEM date-time
p1_lines      the lines of a P1 telegram
security      protected APDUs: deciphering, and verifying
replay        which protected telegram is new, so that one played back is refused
system_title  who sent a protected telegram
errors        what can be wrong inside a frame whose check sequences were right
"""
