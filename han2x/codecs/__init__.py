"""Frame → values: the encodings inside a frame. All of it gets complete input, so that errors are exceptions here.

apdu       LLC and APDU: what stands in front of the body of a push list
axdr       A-XDR encoded COSEM data → plain Python values
date_time  the COSEM date-time
p1_lines   the lines of a P1 telegram
security   protected APDUs: deciphering, and verifying
replay     which protected telegram is new, so that one played back is refused
errors     what can be wrong inside a frame whose check sequences were right
"""
