"""The telegrams of the folder above for which no open licence gives a real one, made from the makers' documents.

    document   what a file of the folder says
    house      the houses that the telegrams tell of, and what a reader is to find
    kamstrup aidon kaifa p1   the makers' lists
    line       other frames than the makers', and streams
    damaged    what a line does to telegrams

The simulator's encoders make what they can; where a meter sends something that no simulated one does, the tests' own.
"""
